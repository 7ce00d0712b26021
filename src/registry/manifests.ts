import { systemActor, type Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { saveEdges } from '../metadata/manifest-edges.ts';
import { saveImageDetails, type ImageDetails } from '../metadata/image-details.ts';
import { findUnlinked } from '../metadata/links.ts';
import { manifestContentLock, repositoryLock } from '../metadata/locks.ts';
import {
  findDepths,
  findManifest,
  findManifestKey,
  findTaggedManifest,
  findTaggedManifestKey,
  saveManifest,
  type ManifestContent,
  type ManifestLife,
} from '../metadata/manifests.ts';
import { ensureRepository, findRepositoryId } from '../metadata/repositories.ts';
import { listTagsOf } from '../metadata/tags.ts';
import { algorithmOf, digestOf, type Digest } from '../oci/digest.ts';
import {
  DigestInvalidError,
  ManifestBlobUnknownError,
  ManifestInvalidError,
  ManifestUnknownError,
  NameUnknownError,
} from '../oci/errors.ts';
import { parseManifest, requiredBlobs, type ParsedManifest } from '../oci/manifest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { TagOrDigest } from '../oci/tag-or-digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { Blobs } from './blobs.ts';
import type { Deletions } from './deletions.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { readImageDetails } from './image-reader.ts';
import { endOf, whyNotExpire } from './rules/expiry.ts';
import type { RepositoryRules } from './rules/repository-rules.ts';
import { EXPIRES_AT, statedEnd, type StatedEnd } from './rules/stated-end.ts';
import { placeTag } from './place-tag.ts';
import { additionOf } from './quota-additions.ts';
import { checkQuotas } from './quotas.ts';
import type { Rules } from './rules/rules.ts';
import { childrenOf, edgesOf, rowOf, type ReadManifest } from './manifest-facts.ts';

export interface ManifestRules {
  /** Levels of indexes within indexes. */
  readonly indexDepth: number;
  /** Manifests that one index may name. */
  readonly indexManifests: number;
  /** Whether an image may only name blobs that are here. Otherwise it may be sparse. */
  readonly requireBlobs: boolean;
  /** Whether an index may only name manifests that are here. Otherwise it may be sparse. */
  readonly requireIndexChildren: boolean;
}

/** A manifest on its way in. */
export interface PushedManifest {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
  /** Tags to set besides, when it is pushed by digest (distribution-spec main, end-7b). */
  readonly extraTags: readonly Tag[];
}

export interface AcceptedManifest {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
  /** When it ends by itself; absent: never. */
  readonly expiresAt?: Date;
  /** What it says of its end and nobody can read. */
  readonly faults: readonly string[];
  /** For the client, when little is left of a quota. */
  readonly quotaWarning?: string;
}

export interface ManifestsParts {
  readonly db: Database;
  readonly cache: ManifestCache;
  readonly rules: ManifestRules;
  readonly blobs: Pick<Blobs, 'get'>;
  readonly repositoryRules: Rules;
  readonly deletions: Pick<Deletions, 'deleteTag' | 'deleteManifest'>;
  /** How long before its end whoever pulls an image is warned, at most. Default {@link DEFAULT_WARN_SECONDS}. */
  readonly warnSeconds?: number;
  readonly now: () => Date;
}

/** What a repository's manifests may be asked: read, pushed, deleted. */
export class Manifests {
  readonly #db: Database;
  readonly #cache: ManifestCache;
  readonly #rules: ManifestRules;
  readonly #blobs: ManifestsParts['blobs'];
  readonly #repositoryRules: Rules;
  readonly #deletions: ManifestsParts['deletions'];
  readonly #warnSeconds: number;
  readonly #now: () => Date;

  constructor(parts: ManifestsParts) {
    this.#db = parts.db;
    this.#cache = parts.cache;
    this.#rules = parts.rules;
    this.#blobs = parts.blobs;
    this.#repositoryRules = parts.repositoryRules;
    this.#deletions = parts.deletions;
    this.#warnSeconds = parts.warnSeconds ?? DEFAULT_WARN_SECONDS;
    this.#now = parts.now;
  }

  get cacheHits(): number {
    return this.#cache.hits;
  }

  get cacheMisses(): number {
    return this.#cache.misses;
  }

  /** What was read before and still holds: for the pull path, which then asks nobody. Nothing, where others change it. */
  recall(repository: RepositoryName, tagOrDigest: string): ManifestContent | undefined {
    if (this.#db.isShared) return undefined;
    const known = this.#cache.get(repository, tagOrDigest);
    return known === undefined || this.#isOver(known) ? undefined : known;
  }

  /** @throws {ManifestUnknownError} @throws {NameUnknownError} */
  get(repository: RepositoryName, reference: TagOrDigest): Promise<ManifestContent> {
    return this.#db.isShared ? this.#getAsItIsNow(repository, reference) : this.#getAndRemember(repository, reference);
  }

  /** One look-up says what is meant now, and as what it is here; only its bytes, which never change, are remembered. */
  async #getAsItIsNow(repository: RepositoryName, reference: TagOrDigest): Promise<ManifestContent> {
    const key =
      'tag' in reference
        ? await findTaggedManifestKey(this.#db, repository, reference.tag)
        : await findManifestKey(this.#db, repository, reference.digest);
    if (key === undefined) throw await this.#absent(repository, reference);
    await this.#refuseEnded(repository, reference, key);
    const known = this.#cache.getContent(key);
    if (known !== undefined) return key.expiresAt === null ? known : { ...known, ...key };
    const content = await this.#read(repository, reference);
    // When it ends is for its repository to say, and may change.
    this.#cache.putContent(content.expiresAt === null ? content : { ...content, expiresAt: null });
    return content;
  }

  async #getAndRemember(repository: RepositoryName, reference: TagOrDigest): Promise<ManifestContent> {
    const changes = this.#cache.changes;
    const content = await this.#read(repository, reference);
    await this.#refuseEnded(repository, reference, content);
    this.#cache.put(repository, textOf(reference), content, changes);
    return content;
  }

  async #read(repository: RepositoryName, reference: TagOrDigest): Promise<ManifestContent> {
    const content =
      'tag' in reference
        ? await findTaggedManifest(this.#db, repository, reference.tag)
        : await findManifest(this.#db, repository, reference.digest);
    if (content === undefined) throw await this.#absent(repository, reference);
    return content;
  }

  /** When it ends, for those about whose end whoever pulls should know by now. */
  endingSoon({ pushedAt, expiresAt }: ManifestLife): Date | undefined {
    if (expiresAt === null) return undefined;
    const warnedMilliseconds = Math.min(this.#warnSeconds * 1000, (expiresAt - pushedAt) * WARNED_PART_OF_LIFE);
    return this.#now().getTime() >= expiresAt - warnedMilliseconds ? new Date(expiresAt) : undefined;
  }

  #isOver({ expiresAt }: ManifestLife): boolean {
    return expiresAt !== null && expiresAt <= this.#now().getTime();
  }

  /** What has ended is not there any more, although garbage collection has not come by. */
  async #refuseEnded(
    repository: RepositoryName,
    reference: TagOrDigest,
    found: ManifestLife & { digest: Digest },
  ): Promise<void> {
    if (!this.#isOver(found)) return;
    const repositoryId = await findRepositoryId(this.#db, repository);
    const rules = await this.#repositoryRules.at(this.#db, repository);
    const ended = { repositoryId: repositoryId ?? 0, digest: found.digest, now: this.#now() };
    const reason = repositoryId === undefined ? undefined : await whyNotExpire(this.#db, rules, ended);
    if (reason === undefined) throw await this.#absent(repository, reference);
  }

  /**
   * Accepts a manifest that names what the rules let it name, with its tags, in one transaction.
   *
   * @throws {ManifestInvalidError} not a manifest, or nested too deep.
   * @throws {DigestInvalidError} pushed by a digest that is not its own.
   * @throws {ManifestBlobUnknownError} one entry for each blob or manifest that must be here and is not.
   * @throws {ProtectedError} a rule keeps one of the tags where it is.
   * @throws {QuotaExceededError} it does not fit into the repository.
   */
  async put(
    repository: RepositoryName,
    reference: TagOrDigest,
    pushed: PushedManifest,
    actor: Actor,
  ): Promise<AcceptedManifest> {
    const manifest = parseManifest(pushed.bytes, pushed.contentType, {
      manifests: this.#rules.indexManifests,
      layers: MOST_LAYERS,
    });
    const digest = ownDigest(pushed.bytes, reference);
    const tags = 'tag' in reference ? [reference.tag] : pushed.extraTags;
    const details = await readImageDetails(this.#blobs, repository, manifest);
    const stated = statedEnd(manifest.annotations, details?.labels);
    const { expiresAt, warning } = await this.#change(repository, async (tx) => {
      await tx.lock('shared', [manifestContentLock(digest), repositoryLock(repository)]);
      return this.#record(tx, repository, { digest, manifest, bytes: pushed.bytes, tags, actor, details, stated });
    });
    const end = expiresAt === null ? {} : { expiresAt: new Date(expiresAt) };
    const quota = warning === undefined ? {} : { quotaWarning: warning };
    return { digest, subject: manifest.subject?.digest, faults: stated.faults, ...end, ...quota };
  }

  /**
   * Deletes a tag, or a manifest with every tag that names it. Children of an index stay.
   *
   * @throws {ManifestUnknownError} @throws {NameUnknownError} @throws {ProtectedError}
   */
  async delete(repository: RepositoryName, reference: TagOrDigest, actor: Actor): Promise<void> {
    if ('tag' in reference) await this.#deletions.deleteTag(repository, reference.tag, actor);
    else await this.#deletions.deleteManifest(repository, reference.digest, actor);
  }

  /** Forgets what is remembered of the repository, also when it fails: nobody can be sure that a commit did fail. */
  async #change<Result>(repository: RepositoryName, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#db.transaction(work);
    } finally {
      this.#cache.forget(repository);
    }
  }

  async #record(tx: Transaction, repository: RepositoryName, accepted: Accepted): Promise<Recorded> {
    const { digest, manifest, bytes, tags, actor, details } = accepted;
    const now = this.#now();
    const repositoryId = await ensureRepository(tx, repository, now);
    const rules = await this.#repositoryRules.of(tx, repository);
    const depth = await this.#checkNamed(tx, repositoryId, manifest);
    const pushed = { manifests: [{ digest, size: bytes.byteLength }], tags };
    const warning = await checkQuotas(tx, repositoryId, () => additionOf(tx, repositoryId, pushed), { actor, now });
    await saveEdges(tx, repositoryId, digest, edgesOf(manifest));
    const expiresAt = await this.#endOf(tx, rules, { ...accepted, repositoryId, now });
    await saveManifest(tx, rowOf(accepted, { repositoryId, depth, expiresAt }), bytes, now);
    // In one order: two pushes of the same tags must not wait for each other.
    for (const tag of tags.toSorted()) {
      await placeTag(tx, { repositoryId, repository, tag, to: digest, rules, actor, now });
    }
    const told = { mediaType: manifest.mediaType, size: bytes.byteLength, tags };
    await Promise.all([
      details === undefined ? undefined : saveImageDetails(tx, digest, details),
      appendAudit(tx, actor, { action: 'manifest.pushed', repository, digest, details: told }, now),
    ]);
    return { expiresAt, warning };
  }

  /** @returns its depth. */
  async #checkNamed(tx: Transaction, repositoryId: number, manifest: ParsedManifest): Promise<number> {
    const children = childrenOf(manifest);
    const depths = await findDepths(tx, repositoryId, children);
    const missing = [
      ...(this.#rules.requireBlobs ? await findUnlinked(tx, repositoryId, requiredBlobs(manifest)) : []),
      ...(this.#rules.requireIndexChildren ? children.filter((child) => !depths.has(child)) : []),
    ];
    if (missing.length > 0) throw new ManifestBlobUnknownError(missing);
    return this.#depth(manifest, depths);
  }

  /** Pushing it again counts from now. Few have an end, and only those are asked about. */
  async #endOf(tx: Transaction, rules: RepositoryRules, ending: Accepted & Placed): Promise<number | null> {
    const { repositoryId, digest, stated, now } = ending;
    const byTags = rules.of('expire').length > 0 || rules.protectsAnything;
    const before = byTags ? await listTagsOf(tx, repositoryId, digest) : [];
    const tags = [...new Set([...before, ...ending.tags])];
    const isIndex = ending.manifest.kind === 'index';
    const end = await endOf(tx, rules, { repositoryId, digest, isIndex, stated, tags, pushedAt: now });
    // What a rule protects has no end that anybody should be told of. A floor on age is over by then, or looked at then.
    const asked = { digest, tags, pushedAt: LONG_AGO, actor: systemActor('expiry'), now };
    if (end === null || rules.whyNotDelete(asked) !== undefined) return null;
    if (end <= now.getTime()) {
      throw new ManifestInvalidError(`its time is over since ${new Date(end).toISOString()}: see ${EXPIRES_AT}`);
    }
    return end;
  }

  #depth(manifest: ParsedManifest, childDepths: ReadonlyMap<Digest, number>): number {
    if (manifest.kind === 'image') return 0;
    const depth = 1 + Math.max(0, ...childDepths.values());
    const limit = this.#rules.indexDepth;
    if (depth > limit) throw new ManifestInvalidError(`indexes are nested more than ${limit} deep`, { limit });
    return depth;
  }

  async #absent(repository: RepositoryName, reference: TagOrDigest): Promise<Error> {
    const repositoryId = await findRepositoryId(this.#db, repository);
    return repositoryId === undefined ? new NameUnknownError(repository) : new ManifestUnknownError(textOf(reference));
  }
}

/** Before any floor on age. */
const LONG_AGO = new Date(0);

/** Of `expiry.warnSeconds`: three days, so that a weekend is enough to hear of it. */
const DEFAULT_WARN_SECONDS = 3 * 86_400;
/** What lives for an hour is not about to end all the time. */
const WARNED_PART_OF_LIFE = 1 / 4;

interface Accepted extends ReadManifest {
  readonly tags: readonly Tag[];
  readonly actor: Actor;
  readonly details: ImageDetails | undefined;
  readonly stated: StatedEnd;
}

interface Recorded {
  /** When it ends, in milliseconds since the epoch; `null`: never by itself. */
  readonly expiresAt: number | null;
  readonly warning: string | undefined;
}

interface Placed {
  readonly repositoryId: number;
  readonly now: Date;
}

/** Far above real images (overlayfs mounts 127 layers); each costs a row. */
const MOST_LAYERS = 10_000;

function textOf(reference: TagOrDigest): string {
  return 'tag' in reference ? reference.tag : reference.digest;
}

/** The digest it will be known by: the client's, when it gave one, in the client's algorithm; else SHA-256. */
function ownDigest(bytes: Uint8Array, reference: TagOrDigest): Digest {
  if ('tag' in reference) return digestOf(bytes);
  const actual = digestOf(bytes, algorithmOf(reference.digest));
  if (actual !== reference.digest) {
    throw new DigestInvalidError('the manifest has another digest than the one in the URL', reference.digest);
  }
  return actual;
}
