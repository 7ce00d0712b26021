import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import { repositoryLock } from '../metadata/locks.ts';
import { ensureRepository } from '../metadata/repositories.ts';
import {
  findTrashOfManifest,
  findTrashOfRepository,
  findTrashOfTag,
  listTrashedManifests,
  listTrashedTags,
  type TrashedTag,
} from '../metadata/trash-search.ts';
import { countTrash, type TrashTotals } from '../metadata/trash-totals.ts';
import {
  claimTrash,
  expireTrash,
  findTrash,
  listTrash,
  listTrashOfPlan,
  type CountedTrashRow,
  type TrashFilter,
  type TrashRow,
} from '../metadata/trash.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { restoreRepository } from './restore-repository.ts';
import type { KeptTag, MissingManifest, Wanted } from './restore-selection.ts';
import { restoreEntry, type Restored } from './restore.ts';
import { entryOf, type TrashEntry } from './trash-entry.ts';

/** What somebody wants back. */
export type RestoreTarget =
  | { readonly id: number }
  | { readonly planId: string }
  | { readonly repository: RepositoryName }
  | { readonly repository: RepositoryName; readonly tag: Tag }
  | { readonly repository: RepositoryName; readonly digest: Digest };

/** What came back, and what did not. */
export interface RestoreReport {
  /** Entries that something was restored from. */
  readonly entries: readonly TrashEntry[];
  /** That were restored whole. */
  readonly repositories: readonly RepositoryName[];
  readonly manifests: readonly InRepository<{ readonly digest: Digest }>[];
  readonly tags: readonly InRepository<{ readonly tag: Tag; readonly digest: Digest }>[];
  /** Tags that exist by now: they stay as they are. */
  readonly kept: readonly InRepository<KeptTag>[];
  /** What something restored needs, and is nowhere any more. */
  readonly missing: readonly InRepository<MissingManifest>[];
}

type InRepository<What> = What & { readonly repository: RepositoryName };

/** An entry, with how much hangs on it; of a repository that was deleted whole nothing is counted. */
export interface CountedTrashEntry extends TrashEntry {
  readonly manifests: number;
  readonly tags: number;
  readonly firstTag: Tag | undefined;
}

/** Nothing that was asked for is in the trash: never was, is back, or its time is over. */
export class NotInTrashError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** What came of one entry. */
interface Part extends Restored {
  readonly entry: TrashEntry;
}

export interface TrashParts {
  readonly db: Database;
  readonly cache: Pick<ManifestCache, 'forget'>;
  readonly now: () => Date;
}

/** What was deleted, as long as it can be restored. */
export class Trash {
  readonly #parts: TrashParts;

  constructor(parts: TrashParts) {
    this.#parts = parts;
  }

  /** Newest first, strictly before `before`; without those whose time is over. */
  async list(
    filter: TrashFilter,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<{ readonly entries: readonly CountedTrashEntry[]; readonly next?: number }> {
    const rows = await listTrash(this.#parts.db, filter, { ...page, limit: page.limit + 1, now: this.#parts.now() });
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    const entries = shown.map(countedOf);
    return { entries, ...(rows.length > page.limit && last !== undefined && { next: last.id }) };
  }

  /** @throws {NotInTrashError} also when its time is over. */
  async get(id: number): Promise<CountedTrashEntry> {
    const row = await findTrash(this.#parts.db, id);
    if (row === undefined || row.expiresAt <= this.#parts.now().getTime()) throw notThere(id);
    return countedOf(row);
  }

  /**
   * An entry with the first tags and manifests that hang on it.
   *
   * @throws {NotInTrashError}
   */
  async contents(
    id: number,
    limit: number,
  ): Promise<{
    readonly entry: CountedTrashEntry;
    readonly tags: readonly TrashedTag[];
    readonly manifests: readonly Digest[];
  }> {
    const entry = await this.get(id);
    const tags = await listTrashedTags(this.#parts.db, id);
    const manifests = await listTrashedManifests(this.#parts.db, id);
    return { entry, tags: tags.slice(0, limit), manifests: manifests.slice(0, limit) };
  }

  /** How much the trash alone keeps. Takes time in proportion to what is stored. */
  totals(): Promise<TrashTotals> {
    return countTrash(this.#parts.db, this.#parts.now());
  }

  /**
   * The time of these entries is over now: they cannot be restored, and the next collection frees what they kept.
   *
   * @returns how many.
   */
  empty(filter: Pick<TrashFilter, 'repository'> & { readonly id?: number }, actor: Actor): Promise<number> {
    const now = this.#parts.now();
    return this.#parts.db.transaction(async (tx) => {
      const emptied = await expireTrash(tx, filter, now);
      const { repository } = filter;
      const entry = { action: 'trash.emptied', ...(repository !== undefined && { repository }) };
      if (emptied > 0) await appendAudit(tx, actor, { ...entry, details: { ...filter, entries: emptied } }, now);
      return emptied;
    });
  }

  /**
   * Brings back what was deleted last under that name, or by that act or plan.
   *
   * @param within only what belongs to this repository: for whoever may restore nothing else.
   * @throws {NotInTrashError} there is nothing to restore.
   * @throws {QuotaExceededError} a quota has no room for it.
   */
  async restore(target: RestoreTarget, actor: Actor, within?: RepositoryName): Promise<RestoreReport> {
    const parts: Part[] = [];
    for (const { row, wanted } of await this.#find(target)) {
      if (within !== undefined && row.repository !== within) continue;
      const part = await this.#restoreFrom(row, wanted, { ...actor, cause: 'restore' });
      if (part !== undefined) parts.push(part);
    }
    if (parts.length === 0) throw notThere(target);
    return reportOf(parts);
  }

  async #find(target: RestoreTarget): Promise<readonly { readonly row: TrashRow; readonly wanted: Wanted }[]> {
    const { db } = this.#parts;
    const now = this.#parts.now();
    if ('planId' in target) {
      const rows = await listTrashOfPlan(db, target.planId, now);
      return rows.map((row) => ({ row, wanted: 'all' as const }));
    }
    const row = await this.#findOne(target, now);
    if (row === undefined) return [];
    if ('tag' in target) return [{ row, wanted: { tag: target.tag } }];
    return [{ row, wanted: 'digest' in target ? { digest: target.digest } : 'all' }];
  }

  async #findOne(target: Exclude<RestoreTarget, { planId: string }>, now: Date): Promise<TrashRow | undefined> {
    const { db } = this.#parts;
    const id = await idOf();
    return id === undefined ? undefined : findTrash(db, id);

    function idOf(): number | undefined | Promise<number | undefined> {
      if ('id' in target) return target.id;
      if ('tag' in target) return findTrashOfTag(db, target, now);
      if ('digest' in target) return findTrashOfManifest(db, target, now);
      return findTrashOfRepository(db, target.repository, now);
    }
  }

  /** @returns `undefined` when somebody else restored or emptied it meanwhile. */
  async #restoreFrom(row: TrashRow, wanted: Wanted, actor: Actor): Promise<Part | undefined> {
    const { repository } = row;
    try {
      return await this.#parts.db.transaction(async (tx) => {
        await tx.lock('exclusive', [repositoryLock(repository)]);
        const now = this.#parts.now();
        const claimed = await claimTrash(tx, row.id, now);
        if (claimed === undefined) return undefined;
        if (claimed.kind === 'repository') {
          const kept = await restoreRepository({ tx, trashId: row.id, repository, actor, now });
          return { entry: entryOf(claimed), manifests: [], tags: [], missing: [], kept };
        }
        const repositoryId = await ensureRepository(tx, repository, now);
        const restored = await restoreEntry({ tx, repository, repositoryId, actor, now }, row.id, wanted);
        return { entry: entryOf(claimed), ...restored };
      });
    } finally {
      this.#parts.cache.forget(repository);
    }
  }
}

function countedOf(row: CountedTrashRow): CountedTrashEntry {
  const { manifests, tags, firstTag } = row;
  return { ...entryOf(row), manifests, tags, firstTag: firstTag ?? undefined };
}

function reportOf(parts: readonly Part[]): RestoreReport {
  const each = <What extends object>(list: (part: Part) => readonly What[]): InRepository<What>[] =>
    parts.flatMap((part) => list(part).map((what) => ({ repository: part.entry.repository, ...what })));
  const entries = parts.map(({ entry }) => entry);
  return {
    entries,
    repositories: entries.filter(({ kind }) => kind === 'repository').map(({ repository }) => repository),
    manifests: each(({ manifests }) => manifests.map((digest) => ({ digest }))),
    tags: each(({ tags }) => tags),
    kept: each(({ kept }) => kept),
    missing: each(({ missing }) => missing),
  };
}

function notThere(target: number | RestoreTarget): NotInTrashError {
  const why = 'it is back already, or its time is over, or it never was';
  if (typeof target === 'number') return new NotInTrashError(`entry ${target} is not in the trash: ${why}`);
  if ('id' in target) return notThere(target.id);
  if ('planId' in target) return new NotInTrashError(`nothing of plan ${target.planId} is in the trash: ${why}`);
  const { repository } = target;
  if ('tag' in target) return new NotInTrashError(`${repository}:${target.tag} is not in the trash: ${why}`);
  if ('digest' in target) return new NotInTrashError(`${repository}@${target.digest} is not in the trash: ${why}`);
  return new NotInTrashError(`repository ${repository} is not in the trash: ${why}`);
}
