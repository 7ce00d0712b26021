import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Queryable, Transaction } from '../metadata/database.ts';
import { listDeletable, listNamingIndexes, type DeletableManifest } from '../metadata/deletable-manifests.ts';
import { repositoryLock } from '../metadata/locks.ts';
import { findTagged } from '../metadata/many-rows.ts';
import { deleteRepositories, findRepositoryId } from '../metadata/repositories.ts';
import { recordTagChange } from '../metadata/tag-moves.ts';
import {
  trashManifests,
  trashRepositoryName,
  trashTag,
  unlinkTrashedBlobs,
  type TakenTag,
  type TrashMove,
} from '../metadata/trash-content.ts';
import { findTrash, insertTrash, type NewTrash } from '../metadata/trash.ts';
import type { Digest } from '../oci/digest.ts';
import { ManifestUnknownError, NameUnknownError, ProtectedError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { bondsOf, bondToIndex, keepWithLeaders } from './deletion-bonds.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { whyNotExpire } from './rules/expiry.ts';
import { whyPartsStay } from './rules/kept.ts';
import type { RepositoryRules } from './rules/repository-rules.ts';
import type { Rules } from './rules/rules.ts';
import { entryOf, type TrashEntry } from './trash-entry.ts';
import { whyRepositoryStays } from './whole-repository.ts';

export interface DeletionsParts {
  readonly db: Database;
  readonly cache: Pick<ManifestCache, 'forget'>;
  /** Blobs that were pushed, mounted or asked for since so long stay: somebody may be about to name them. */
  readonly graceSeconds: number;
  readonly rules: Pick<Rules, 'of' | 'at'>;
  readonly now: () => Date;
}

/** A manifest that is to go, if it has no other tags than these. */
export interface DeletionTarget {
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  /** It goes only when this one is not there any more, or goes too: an index that named it, or what it is about. */
  readonly follows?: Digest;
}

export interface DeleteManyOptions {
  readonly actor: Actor;
  readonly planId?: string;
  /** Into this entry, in the place of a new one: for what belonged to what is in there. */
  readonly into?: number;
  /** What was pushed again since then stays: whoever decided that it goes did not know. */
  readonly asOf?: Date;
  /** Tags that go, and leave their manifests, if they still name them. */
  readonly alsoTags?: readonly TakenTag[];
}

export interface Kept {
  readonly digest: Digest;
  readonly tag?: Tag;
  readonly reason: string;
}

export interface DeletedMany {
  /** Absent when nothing was deleted. */
  readonly trash?: TrashEntry;
  readonly deleted: readonly Digest[];
  readonly deletedTags: readonly TakenTag[];
  readonly kept: readonly Kept[];
}

/** What a deletion would do. */
export interface ForeseenDeletion {
  readonly going: readonly Digest[];
  /** How long it could be restored. */
  readonly keepSeconds: number;
  /** Blobs that were linked before it, and that nothing else names, would not be served any more. */
  readonly unlinksBefore: Date;
}

/** What is judged by, also where nothing is to be changed. */
type JudgedScene = Omit<Scene, 'tx'> & { readonly tx: Queryable };

/** What a deletion works on, inside its transaction. */
interface Scene {
  readonly tx: Transaction;
  readonly repository: RepositoryName;
  readonly repositoryId: number;
  readonly rules: RepositoryRules;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * Whatever is deleted, by whomever, goes through here: into the trash, whence it can be restored until its time is over.
 * Nothing that reads repositories sees it any more.
 */
export class Deletions {
  readonly #parts: DeletionsParts;

  constructor(parts: DeletionsParts) {
    this.#parts = parts;
  }

  /**
   * Deletes a tag. Its manifest stays, until garbage collection finds that nothing needs it.
   *
   * @throws {ManifestUnknownError} @throws {NameUnknownError}
   * @throws {ProtectedError} a rule of the repository forbids it.
   */
  async deleteTag(repository: RepositoryName, tag: Tag, actor: Actor): Promise<TrashEntry> {
    return this.#change(repository, actor, async (scene) => {
      const digest = (await findTagged(scene.tx, scene.repositoryId, [tag])).get(tag);
      if (digest === undefined) throw new ManifestUnknownError(tag);
      refuse(whyTagStays(scene, tag, digest));
      const entry = await this.#begin(scene, { kind: 'tag', tag, digest });
      await takeTag(scene, entry, tag);
      return entry;
    });
  }

  /**
   * Deletes a manifest with every tag that names it. Children of an index, and what refers to the manifest, stay until
   * garbage collection finds that nothing else keeps them; then they join it in the trash.
   *
   * @throws {ManifestUnknownError} @throws {NameUnknownError}
   * @throws {ProtectedError} a rule of the repository forbids it.
   */
  async deleteManifest(repository: RepositoryName, digest: Digest, actor: Actor): Promise<TrashEntry> {
    return this.#change(repository, actor, async (scene) => {
      const [manifest] = await listDeletable(scene.tx, scene.repositoryId, [digest]);
      if (manifest === undefined) throw new ManifestUnknownError(digest);
      refuse(whyManifestStays(scene, manifest) ?? (await whyElseStay(scene, [digest])).get(digest));
      const entry = await this.#begin(scene, { kind: 'manifest', digest });
      await this.#take(scene, entry, [digest]);
      return entry;
    });
  }

  /**
   * Deletes a repository with all that it holds, at the same cost whatever that is. Its name is free at once.
   *
   * @throws {NameUnknownError}
   * @throws {ProtectedError} a rule protects something in it.
   */
  async deleteRepository(repository: RepositoryName, actor: Actor): Promise<TrashEntry> {
    return this.#change(repository, actor, async (scene) => {
      refuse(await whyRepositoryStays(scene));
      const entry = await this.#begin(scene, { kind: 'repository' });
      await trashRepositoryName(scene.tx, { trashId: entry.id, repositoryId: scene.repositoryId });
      await deleteRepositories(scene.tx, [scene.repositoryId]);
      await appendAudit(
        scene.tx,
        actor,
        { action: 'repository.deleted', repository, details: { trash: entry.id } },
        scene.now,
      );
      return entry;
    });
  }

  /**
   * Deletes what a plan, a policy or a collection found, into one entry of the trash. Each target is looked at again: it
   * goes only if it is still there, has no tags but those named, no index that stays names it, and no rule protects it.
   */
  async deleteMany(
    repository: RepositoryName,
    targets: readonly DeletionTarget[],
    options: DeleteManyOptions,
  ): Promise<DeletedMany> {
    try {
      return await this.#parts.db.transaction(async (tx) => {
        await tx.lock('exclusive', [repositoryLock(repository)]);
        return this.deleteManyWithin(tx, repository, { targets, ...options });
      });
    } finally {
      this.#parts.cache.forget(repository);
    }
  }

  /**
   * As {@link deleteMany}, for whoever has the repository's exclusive lock already. It is theirs to {@link forget} the
   * repository when the transaction is over, however it ended.
   */
  async deleteManyWithin(
    tx: Transaction,
    repository: RepositoryName,
    { targets, alsoTags = [], ...options }: DeleteManyOptions & { readonly targets: readonly DeletionTarget[] },
  ): Promise<DeletedMany> {
    const scene = await this.#sceneOf(tx, repository, options.actor);
    if (scene === undefined) {
      const kept = targets.map(({ digest }) => ({ digest, reason: 'the repository is gone' }));
      return { deleted: [], deletedTags: [], kept };
    }
    const { going, kept } = await this.#judge(scene, targets, options.asOf);
    const tags = await this.#judgeTags(scene, alsoTags);
    kept.push(...tags.kept);
    if (going.length === 0 && tags.going.length === 0) return { deleted: [], deletedTags: [], kept };
    const entry =
      options.into === undefined
        ? await this.#begin(scene, { ...asked(going, tags.going), ...plannedBy(options.planId) })
        : await existingEntry(tx, options.into);
    const deletedTags: TakenTag[] = [];
    for (const tag of tags.going) deletedTags.push(...(await takeTag(scene, entry, tag)));
    deletedTags.push(...(await this.#take(scene, entry, going)));
    return { trash: entry, deleted: going, deletedTags, kept };
  }

  /** What {@link deleteMany} would do, by what `facts` say. */
  async foresee(
    facts: Queryable,
    repository: RepositoryName,
    { targets, actor }: { readonly targets: readonly DeletionTarget[]; readonly actor: Actor },
  ): Promise<ForeseenDeletion> {
    const now = this.#parts.now();
    const repositoryId = await findRepositoryId(facts, repository);
    const rules = await this.#parts.rules.at(facts, repository);
    const end = {
      keepSeconds: rules.keepSeconds,
      unlinksBefore: new Date(now.getTime() - this.#parts.graceSeconds * 1000),
    };
    if (repositoryId === undefined) return { going: [], ...end };
    const { going } = await this.#judge({ tx: facts, repository, repositoryId, rules, actor, now }, targets);
    return { going, ...end };
  }

  /** What is remembered of a repository no longer holds. */
  forget(repository: RepositoryName): void {
    this.#parts.cache.forget(repository);
  }

  /** Forgets what is remembered of the repository, also when it fails: nobody can be sure that a commit did fail. */
  async #change<Result>(
    repository: RepositoryName,
    actor: Actor,
    work: (scene: Scene) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#parts.db.transaction(async (tx) => {
        await tx.lock('exclusive', [repositoryLock(repository)]);
        const scene = await this.#sceneOf(tx, repository, actor);
        if (scene === undefined) throw new NameUnknownError(repository);
        return work(scene);
      });
    } finally {
      this.#parts.cache.forget(repository);
    }
  }

  async #sceneOf(tx: Transaction, repository: RepositoryName, actor: Actor): Promise<Scene | undefined> {
    const repositoryId = await findRepositoryId(tx, repository);
    if (repositoryId === undefined) return undefined;
    const rules = await this.#parts.rules.of(tx, repository);
    return { tx, repository, repositoryId, rules, actor, now: this.#parts.now() };
  }

  async #begin(
    { tx, repository, repositoryId, rules, actor, now }: Scene,
    trash: Omit<NewTrash, 'repository' | 'repositoryId' | 'keepSeconds'>,
  ): Promise<TrashEntry> {
    const row = { ...trash, repository, repositoryId, keepSeconds: rules.keepSeconds };
    return entryOf(await insertTrash(tx, row, actor, now));
  }

  /** Which of them go. A child goes only with every index that names it. */
  async #judge(
    scene: JudgedScene,
    targets: readonly DeletionTarget[],
    asOf?: Date,
  ): Promise<{ readonly going: readonly Digest[]; readonly kept: Kept[] }> {
    const { tx, repositoryId } = scene;
    const wanted = new Map(targets.map(({ digest, tags }) => [digest, new Set(tags)]));
    const leaders = targets.flatMap(({ follows }) => follows ?? []);
    const found = await listDeletable(tx, repositoryId, [...new Set([...wanted.keys(), ...leaders])]);
    const reasons = new Map<Digest, string>();
    for (const digest of wanted.keys()) reasons.set(digest, 'it is gone');
    for (const manifest of found) {
      if (!wanted.has(manifest.digest)) continue;
      const other = manifest.tags.find((tag) => wanted.get(manifest.digest)?.has(tag) !== true);
      const stays = asOf !== undefined && manifest.pushedAt > asOf.getTime() ? 'it was pushed again' : undefined;
      const reason =
        other === undefined ? (stays ?? whyManifestStays(scene, manifest)) : `tag ${other} names it by now`;
      if (reason === undefined) reasons.delete(manifest.digest);
      else reasons.set(manifest.digest, reason);
    }
    const unprotected = [...wanted.keys()].filter((digest) => !reasons.has(digest));
    for (const [digest, reason] of await whyElseStay(scene, unprotected)) reasons.set(digest, reason);
    const candidates = unprotected.filter((digest) => !reasons.has(digest));
    const bonds = [
      ...(await listNamingIndexes(tx, repositoryId, candidates)).map(bondToIndex),
      ...bondsOf(targets, new Set(found.map(({ digest }) => digest))),
    ];
    keepWithLeaders(bonds, new Set(candidates), reasons);
    return {
      going: candidates.filter((digest) => !reasons.has(digest)),
      kept: [...reasons].map(([digest, reason]) => ({ digest, reason })),
    };
  }

  async #judgeTags(
    scene: Scene,
    wanted: readonly TakenTag[],
  ): Promise<{ readonly going: readonly Tag[]; readonly kept: readonly Kept[] }> {
    const going: Tag[] = [];
    const kept: Kept[] = [];
    const tags = wanted.map(({ tag }) => tag);
    const named = await findTagged(scene.tx, scene.repositoryId, tags);
    for (const { tag, digest } of wanted) {
      const now = named.get(tag);
      const moved = now === undefined ? 'it is gone' : `it names ${now} by now`;
      const reason = now === digest ? whyTagStays(scene, tag, digest) : moved;
      if (reason === undefined) going.push(tag);
      else kept.push({ digest, tag, reason });
    }
    return { going, kept };
  }

  async #take(scene: Scene, entry: TrashEntry, digests: readonly Digest[]): Promise<readonly TakenTag[]> {
    const { tx, repository, repositoryId, actor, now } = scene;
    const move: TrashMove = { trashId: entry.id, repositoryId };
    const tags = await trashManifests(tx, move, digests);
    const before = new Date(now.getTime() - this.#parts.graceSeconds * 1000);
    await unlinkTrashedBlobs(tx, move, { digests, before });
    for (const tag of tags) await tellOfTag(scene, entry, tag);
    for (const digest of digests) {
      const action = actor.cause === 'expiry' ? 'manifest.expired' : 'manifest.deleted';
      const named = tags.filter((tag) => tag.digest === digest).map(({ tag }) => tag);
      await appendAudit(tx, actor, { action, repository, digest, details: { tags: named, trash: entry.id } }, now);
    }
    return tags;
  }
}

async function existingEntry(tx: Transaction, id: number): Promise<TrashEntry> {
  const row = await findTrash(tx, id);
  if (row === undefined) throw new Error(`trash entry ${id} is gone`);
  return entryOf(row);
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new ProtectedError(reason);
}

function whyTagStays({ rules, actor }: Scene, tag: Tag, digest: Digest): string | undefined {
  return rules.whyNotMoveTag({ tag, from: digest, to: null, actor });
}

function whyManifestStays({ rules, actor, now }: JudgedScene, manifest: DeletableManifest): string | undefined {
  const { digest, tags } = manifest;
  return rules.whyNotDelete({ digest, tags, pushedAt: new Date(manifest.pushedAt), actor, now });
}

/** Parts of what a rule protects stay; and what has ended by the clock, when nothing else says that it goes on. */
async function whyElseStay(scene: JudgedScene, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, string>> {
  const { tx, repositoryId, rules, actor, now } = scene;
  const reasons = new Map(await whyPartsStay(tx, rules, { repositoryId, digests, actor, now }));
  if (actor.cause !== 'expiry') return reasons;
  for (const digest of digests) {
    const reason = await whyNotExpire(tx, rules, { repositoryId, digest, now });
    if (reason !== undefined) reasons.set(digest, reason);
  }
  return reasons;
}

async function takeTag(scene: Scene, entry: TrashEntry, tag: Tag): Promise<readonly TakenTag[]> {
  const taken = await trashTag(scene.tx, { trashId: entry.id, repositoryId: scene.repositoryId }, tag);
  if (taken === undefined) return [];
  await tellOfTag(scene, entry, taken);
  return [taken];
}

async function tellOfTag(scene: Scene, entry: TrashEntry, { tag, digest }: TakenTag): Promise<void> {
  const { tx, repository, repositoryId, actor, now } = scene;
  await recordTagChange(tx, { repositoryId, tag, from: digest, to: null }, actor, now);
  const details = { trash: entry.id };
  await appendAudit(tx, actor, { action: 'tag.deleted', repository, tag, digest, details }, now);
}

/** What was asked for, where it was one thing. */
function asked(digests: readonly Digest[], tags: readonly Tag[]): Pick<NewTrash, 'kind' | 'tag' | 'digest'> {
  const [tag] = tags;
  if (digests.length === 0) return { kind: 'tag', ...(tag !== undefined && tags.length === 1 && { tag }) };
  const [digest] = digests;
  return { kind: 'manifest', ...(digest !== undefined && digests.length === 1 && { digest }) };
}

function plannedBy(planId: string | undefined): Pick<NewTrash, 'planId'> {
  return planId === undefined ? {} : { planId };
}
