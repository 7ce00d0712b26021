import type { z } from 'zod';
import type { TrashFilter } from '../../metadata/trash.ts';
import type { TrashEntry } from '../../registry/trash-entry.ts';
import type { CountedTrashEntry, RestoreReport, Trash } from '../../registry/trash.ts';
import { ProblemError } from '../problem.ts';
import type { Entry, listTrash, Restoration } from './contract.ts';

/** Of a restoration, as many things of each kind are named. */
const MOST_NAMED = 10_000;

/** An entry as the API tells of it, without what hangs on it. */
export function bareEntryDocument(entry: TrashEntry): Omit<Entry, 'manifests' | 'tags' | 'firstTag'> {
  return {
    id: entry.id,
    kind: entry.kind,
    repository: entry.repository,
    tag: entry.tag ?? null,
    digest: entry.digest ?? null,
    deletedAt: entry.deletedAt.toISOString(),
    expiresAt: entry.expiresAt.toISOString(),
    deletedBy: entry.by.name,
    client: entry.by.client ?? null,
    cause: entry.cause,
    planId: entry.planId ?? null,
  };
}

export function entryDocument(entry: CountedTrashEntry): Entry {
  return {
    ...bareEntryDocument(entry),
    manifests: entry.manifests,
    tags: entry.tags,
    firstTag: entry.firstTag ?? null,
  };
}

export function restorationDocument(report: RestoreReport): Restoration {
  const some = <Item>(list: readonly Item[]): Item[] => list.slice(0, MOST_NAMED);
  return {
    entries: some(report.entries).map(bareEntryDocument),
    repositories: [...report.repositories],
    manifests: some(report.manifests),
    tags: some(report.tags),
    kept: some(report.kept),
    missing: some(report.missing),
  };
}

interface PageInput {
  readonly after: string | undefined;
  readonly limit: number;
}

/** A page of the trash, newest first. */
export async function trashPage(
  trash: Trash,
  filter: TrashFilter,
  { after, limit }: PageInput,
): Promise<z.input<(typeof listTrash)['output']>> {
  const before = after === undefined ? undefined : Number(after);
  if (before !== undefined && !Number.isSafeInteger(before)) {
    throw new ProblemError(400, 'INPUT_INVALID', 'after: is no place in this list.');
  }
  const page = await trash.list(filter, { limit, ...(before !== undefined && { before }) });
  return { entries: page.entries.map(entryDocument), next: page.next === undefined ? null : String(page.next) };
}
