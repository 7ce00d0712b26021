import type { Queryable } from '../metadata/database.ts';
import type { RepositoryKey } from '../metadata/repositories.ts';
import {
  listFilledRepositories,
  listRepositorySummaries,
  type RepositorySummary,
} from '../metadata/repository-list.ts';
import type { Direction } from '../metadata/tag-pages.ts';
import type { RepositoryName } from '../oci/repository-name.ts';

/** By what repositories are listed, besides their names. */
export type RepositoryMeasure = 'size' | 'tags' | 'pushed' | 'pulled';

/** Where a page begins: behind this one. */
export interface RepositoryPosition {
  /** By the measure; 0 where names are all. */
  readonly value: number;
  readonly name: string;
}

export interface RepositoryPageRequest {
  readonly order: 'name' | RepositoryMeasure;
  readonly direction: Direction;
  readonly after: RepositoryPosition | undefined;
  /** Names that begin so: nothing else is looked at. */
  readonly prefix: string;
  readonly isWanted: (name: RepositoryName) => boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface RepositoryPage {
  readonly repositories: readonly RepositorySummary[];
  /** Absent on the last page; one before it may be short. */
  readonly next?: RepositoryPosition;
  /** `false`: there are more repositories than were compared. */
  readonly isComplete: boolean;
}

/** For one page, as in the catalog: somebody who sees few of a million gets short pages, and nobody waits for a long one. */
const MOST_LOOKED_AT = 20_000;

const AT_ONCE = 500;

/**
 * Repositories that hold a manifest and that are wanted. By name, a page is a range of an index. By anything else all that
 * are wanted are compared for each page, of which only the page is kept in memory.
 */
export async function listRepositoryPage(db: Queryable, request: RepositoryPageRequest): Promise<RepositoryPage> {
  return request.order === 'name' ? await pageByName(db, request) : await pageByMeasure(db, request, request.order);
}

async function pageByName(db: Queryable, request: RepositoryPageRequest): Promise<RepositoryPage> {
  const { after, limit } = request;
  const found: RepositoryKey[] = [];
  const walk = walkNames(db, request, after?.name, limit + 1);
  let end: string | undefined;
  for await (const batch of walk) {
    found.push(...batch.wanted);
    end = batch.isCut ? batch.end : undefined;
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1)?.name : end;
  const summaries = await summariesOf(db, shown);
  return { repositories: summaries, isComplete: true, ...(last !== undefined && { next: { value: 0, name: last } }) };
}

async function pageByMeasure(
  db: Queryable,
  request: RepositoryPageRequest,
  measure: RepositoryMeasure,
): Promise<RepositoryPage> {
  const { after, limit } = request;
  const sign = request.direction === 'ascending' ? 1 : -1;
  let kept: RepositorySummary[] = [];
  let isComplete = true;
  for await (const { wanted, isCut } of walkNames(db, { ...request, direction: 'ascending' }, undefined, AT_ONCE)) {
    const behind = (await summariesOf(db, wanted)).filter(
      (one) => after === undefined || compare(positionOf(one, measure), after) * sign > 0,
    );
    kept = [...kept, ...behind]
      .toSorted((one, other) => compare(positionOf(one, measure), positionOf(other, measure)) * sign)
      .slice(0, limit + 1);
    isComplete = !isCut;
  }
  const repositories = kept.slice(0, limit);
  const last = repositories.at(-1);
  const hasNext = kept.length > limit && last !== undefined;
  return { repositories, isComplete, ...(hasNext && { next: positionOf(last, measure) }) };
}

interface Batch {
  readonly wanted: readonly RepositoryKey[];
  readonly end: string;
  /** Whether nothing more is looked at, although there may be more. */
  readonly isCut: boolean;
}

async function* walkNames(
  db: Queryable,
  { prefix, direction, isWanted, signal }: RepositoryPageRequest,
  after: string | undefined,
  first: number,
): AsyncGenerator<Batch, void> {
  let position = after;
  let size = first;
  for (let looked = 0; ; size = AT_ONCE) {
    signal.throwIfAborted();
    const batch = await listFilledRepositories(db, { prefix, after: position, direction, limit: size });
    const end = batch.at(-1)?.name;
    if (end === undefined) return;
    position = end;
    looked += size;
    const isCut = looked >= MOST_LOOKED_AT && batch.length === size;
    yield { wanted: batch.filter(({ name }) => isWanted(name)), end, isCut };
    if (isCut || batch.length < size) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

async function summariesOf(db: Queryable, keys: readonly RepositoryKey[]): Promise<readonly RepositorySummary[]> {
  const summaries = await listRepositorySummaries(
    db,
    keys.map(({ id }) => id),
  );
  const byName = new Map(summaries.map((one) => [one.name, one]));
  // One that was deleted meanwhile is not there.
  return keys.map(({ name }) => byName.get(name)).filter((one) => one !== undefined);
}

const VALUES: Readonly<Record<RepositoryMeasure, (one: RepositorySummary) => number>> = {
  size: ({ bytes }) => bytes,
  tags: ({ tags }) => tags,
  pushed: ({ pushedAt }) => pushedAt ?? 0,
  pulled: ({ pulledAt }) => pulledAt ?? 0,
};

function positionOf(one: RepositorySummary, measure: RepositoryMeasure): RepositoryPosition {
  return { value: VALUES[measure](one), name: one.name };
}

function compare(one: RepositoryPosition, other: RepositoryPosition): number {
  if (one.value !== other.value) return one.value - other.value;
  return Number(one.name > other.name) - Number(one.name < other.name);
}
