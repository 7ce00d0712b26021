import { ClientError, LoginRefusedError, UnreachableError } from '../client/client-error.ts';
import { isTag, type Tag } from '../oci/tag.ts';
import { Copier, NothingToCopyError, type CopiedImage, type CopyOptions } from './copier.ts';
import { isDigestTag } from './digest-tags.ts';

export interface FailedTag {
  readonly tag: string;
  readonly message: string;
}

export interface CopiedRepository {
  readonly images: readonly CopiedImage[];
  /** What went wrong with one tag does not keep the others from being copied. */
  readonly failed: readonly FailedTag[];
}

/**
 * Copies the images of many tags. The list of tags is read as they are copied.
 *
 * @param isWanted of a tag's name.
 * @throws {UnreachableError} one of the registries is gone: nothing more could be copied.
 * @throws {LoginRefusedError}
 */
export async function copyRepository(options: CopyOptions, isWanted: (tag: Tag) => boolean): Promise<CopiedRepository> {
  const images: CopiedImage[] = [];
  const failed: FailedTag[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const copier = new Copier({ ...options, signal });
  const copyOne = async (tag: Tag): Promise<void> => {
    try {
      images.push(await copier.copyImage(tag, tag));
    } catch (error) {
      if (!isAboutThisTag(error)) stop.abort(error);
      signal.throwIfAborted();
      failed.push({ tag, message: (error as Error).message });
    }
  };
  await forEachOf(wantedTags(options, isWanted, signal), options.jobs, copyOne);
  return { images: images.toSorted(byTag), failed: failed.toSorted(byTag) };
}

async function* wantedTags(
  { source, withReferrers }: CopyOptions,
  isWanted: (tag: Tag) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Tag, void> {
  for await (const tag of source.tags(signal)) {
    // What is about an image goes with the image, or not at all.
    if (isDigestTag(tag) && !withReferrers) continue;
    if (isWanted(tag)) yield tag;
  }
}

/** Takes the next one when one of `count` is done: a list of a million tags is not a million promises. */
async function forEachOf<Item>(
  items: AsyncIterable<Item>,
  count: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const item of items) {
      const one: Promise<void> = work(item)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= count) await Promise.race(running);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failures.length > 0) throw failures[0];
}

function isAboutThisTag(error: unknown): boolean {
  if (error instanceof NothingToCopyError) return true;
  return error instanceof ClientError && !(error instanceof UnreachableError) && !(error instanceof LoginRefusedError);
}

function byTag(a: { readonly tag?: string }, b: { readonly tag?: string }): number {
  return (a.tag ?? '') < (b.tag ?? '') ? -1 : 1;
}

/**
 * Reads a pattern of tags, where `*` is any text and `?` any character.
 *
 * @returns whether a tag is meant; `undefined` when no tag could be.
 */
export function parseTagPattern(pattern: string): ((tag: string) => boolean) | undefined {
  if (!isTag(pattern.replaceAll(/[*?]/g, 'x'))) return undefined;
  const pieces = pattern.split(/([*?])/);
  const source = pieces.map((piece) => (piece === '*' ? '.*' : piece === '?' ? '.' : piece.replaceAll('.', '\\.')));
  const form = new RegExp(`^${source.join('').replaceAll(/(?:\.\*)+/g, '.*')}$`);
  return (tag) => form.test(tag);
}
