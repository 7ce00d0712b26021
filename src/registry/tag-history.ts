import type { Actor } from '../metadata/actor.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { repositoryLock } from '../metadata/locks.ts';
import { findDepths } from '../metadata/manifests.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { findNamedAt, listTagMoves, pruneTagMoves, type TagMove } from '../metadata/tag-moves.ts';
import { findTag } from '../metadata/tags.ts';
import type { Digest } from '../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { placeTag } from './place-tag.ts';
import { checkQuotas } from './quotas.ts';
import type { Rules } from './rules/rules.ts';
import { NotInTrashError, type Trash } from './trash.ts';

/** Where a tag is to be set back to: a digest, where it was before so many moves, or where it was at some time. */
export type RevertTarget = { readonly digest: Digest } | { readonly steps: number } | { readonly at: Date };

export interface Reverted {
  /** `null`: there was no such tag. */
  readonly from: Digest | null;
  readonly to: Digest;
  /** Whether the manifest came back from the trash for it. */
  readonly isRestored: boolean;
}

/** The tag cannot be set back to that: it did not exist then, history does not go so far, or the manifest is gone. */
export class CannotRevertError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export interface TagHistoryParts {
  readonly db: Database;
  readonly cache: Pick<ManifestCache, 'forget'>;
  readonly rules: Rules;
  readonly trash: Pick<Trash, 'restore'>;
  readonly now: () => Date;
}

/** Moves that are forgotten in one transaction. */
const PRUNED_AT_ONCE = 1000;

/** Where tags were, and who moved them. */
export class TagHistory {
  readonly #parts: TagHistoryParts;

  constructor(parts: TagHistoryParts) {
    this.#parts = parts;
  }

  /**
   * Newest first, strictly before the move `before`.
   *
   * @throws {NameUnknownError} @throws {ManifestUnknownError} there is no such tag, and nothing is known of one.
   */
  async list(
    repository: RepositoryName,
    tag: Tag,
    { before, limit }: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<{ readonly moves: readonly TagMove[]; readonly next?: number }> {
    const { db } = this.#parts;
    const repositoryId = await this.#idOf(repository);
    const found = await listTagMoves(db, { repositoryId, tag }, { before, limit: limit + 1 });
    const isKnown = found.length > 0 || before !== undefined || (await findTag(db, repositoryId, tag)) !== undefined;
    if (!isKnown) throw new ManifestUnknownError(tag);
    const moves = found.slice(0, limit);
    const last = moves.at(-1);
    return { moves, ...(found.length > limit && last !== undefined && { next: last.id }) };
  }

  /**
   * Sets a tag back, also one that was deleted. A manifest that is in the trash comes back for it, with what belongs to it.
   *
   * @throws {CannotRevertError} @throws {NameUnknownError}
   * @throws {ProtectedError} a rule keeps the tag where it is.
   * @throws {QuotaExceededError} the tag is gone, and there is no room for it.
   */
  async revert(repository: RepositoryName, tag: Tag, target: RevertTarget, actor: Actor): Promise<Reverted> {
    const to = await this.#digestOf(repository, tag, target);
    const placement = { repository, tag, to, actor: { ...actor, cause: 'revert' as const } };
    const placed = await this.#place(placement);
    if (placed !== undefined) return { ...placed, to, isRestored: false };
    await this.#parts.trash.restore({ repository, digest: to }, actor, repository).catch((error: unknown) => {
      if (error instanceof NotInTrashError) throw goneFor(tag, to);
      throw error;
    });
    const restored = await this.#place(placement);
    if (restored === undefined) throw goneFor(tag, to);
    return { ...restored, to, isRestored: true };
  }

  /** Forgets what happened more than `keepDays` ago. @returns how many moves. */
  async prune(keepDays: number, signal: AbortSignal): Promise<number> {
    const { db, now } = this.#parts;
    const time = new Date(now().getTime() - keepDays * 86_400_000);
    let pruned = 0;
    for (let last = PRUNED_AT_ONCE; last === PRUNED_AT_ONCE; pruned += last) {
      signal.throwIfAborted();
      last = await db.transaction((tx) => pruneTagMoves(tx, time, PRUNED_AT_ONCE), { durable: false });
    }
    return pruned;
  }

  async #digestOf(repository: RepositoryName, tag: Tag, target: RevertTarget): Promise<Digest> {
    if ('digest' in target) return target.digest;
    const { db } = this.#parts;
    const repositoryId = await this.#idOf(repository);
    if ('at' in target) {
      const named = await findNamedAt(db, { repositoryId, tag }, target.at);
      const digest = named === undefined ? await findTag(db, repositoryId, tag) : named;
      if (digest !== null && digest !== undefined) return digest;
      throw new CannotRevertError(`There was no tag ${tag} at ${target.at.toISOString()}.`);
    }
    const moves = await listTagMoves(db, { repositoryId, tag }, { limit: target.steps });
    const last = moves.at(-1);
    if (last === undefined || moves.length < target.steps) {
      throw new CannotRevertError(`Tag ${tag} was moved ${moves.length} times that are known, not ${target.steps}.`);
    }
    if (last.from === null) throw new CannotRevertError(`Before that move, tag ${tag} did not exist.`);
    return last.from;
  }

  /** @returns `undefined` when the manifest is not in the repository. */
  async #place(placement: {
    readonly repository: RepositoryName;
    readonly tag: Tag;
    readonly to: Digest;
    readonly actor: Actor;
  }): Promise<{ readonly from: Digest | null } | undefined> {
    const { repository, to } = placement;
    try {
      return await this.#parts.db.transaction(async (tx: Transaction) => {
        await tx.lock('shared', [repositoryLock(repository)]);
        const repositoryId = await findRepositoryId(tx, repository);
        if (repositoryId === undefined) return undefined;
        const rules = await this.#parts.rules.of(tx, repository);
        if (!(await findDepths(tx, repositoryId, [to])).has(to)) return undefined;
        const now = this.#parts.now();
        const isNew = (await findTag(tx, repositoryId, placement.tag)) === undefined;
        const added = { bytes: 0, manifests: 0, tags: isNew ? 1 : 0 };
        await checkQuotas(tx, repositoryId, () => Promise.resolve(added), { actor: placement.actor, now });
        return { from: await placeTag(tx, { ...placement, repositoryId, rules, now }) };
      });
    } finally {
      this.#parts.cache.forget(repository);
    }
  }

  async #idOf(repository: RepositoryName): Promise<number> {
    const id = await findRepositoryId(this.#parts.db, repository);
    if (id === undefined) throw new NameUnknownError(repository);
    return id;
  }
}

function goneFor(tag: Tag, digest: Digest): CannotRevertError {
  return new CannotRevertError(`Tag ${tag} cannot name ${digest}: it is neither in the repository nor in its trash.`);
}
