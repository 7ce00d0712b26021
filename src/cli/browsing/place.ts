import type { ReferrerDocument, RemoteImage, RemoteRepository, RemoteTag } from '../../api/browsing/contract.ts';
import { UsageError } from '../cli-error.ts';
import type { Within } from './name.ts';

/** A registry, or something in it, wherever it is. */
export interface Place extends Within {
  /** For people: `this registry`, `ghcr.io`. */
  readonly name: string;
  repositories(wanted: Wanted): AsyncIterable<Part<RemoteRepository>>;
  tags(wanted: Wanted): AsyncIterable<Part<RemoteTag>>;
  image(tagOrDigest: string): Promise<RemoteImage>;
  /** What refers to an image. */
  referrers(digest: string, limit: number): AsyncIterable<Part<ReferrerDocument>>;
  /** Where that is counted already. */
  usage?(): Promise<CountedUsage>;
}

export interface Wanted {
  readonly search: string;
  /** Who asks wants no more. */
  readonly limit: number;
}

export interface Part<Item> {
  readonly items: readonly Item[];
  readonly isLast: boolean;
}

/** In bytes. */
export interface CountedUsage {
  readonly total: number;
  readonly unique: number;
  readonly shared: number;
}

/** The most that is asked for at once: see `api/page.ts`. */
export const LONGEST_PAGE = 1000;

/** As many as are wanted. @param progress told of how many there are so far. */
export async function take<Item>(
  parts: AsyncIterable<Part<Item>>,
  limit: number,
  progress: (count: number) => void,
): Promise<{ readonly items: readonly Item[]; readonly isMore: boolean }> {
  const items: Item[] = [];
  for await (const part of parts) {
    items.push(...part.items);
    progress(items.length);
    if (part.isLast) break;
    if (items.length >= limit) return { items: items.slice(0, limit), isMore: true };
  }
  return { items: items.slice(0, limit), isMore: items.length > limit };
}

/** @throws {UsageError} it is the whole registry. */
export function repositoryOf({ repository, name }: Place): string {
  if (repository !== '') return repository;
  throw new UsageError(`That is all of ${name}: name a repository in it. havre ls lists them.`);
}
