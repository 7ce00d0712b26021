import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { saveEdges } from '../metadata/manifest-edges.ts';
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
} from '../metadata/manifests.ts';
import { ensureRepository, findRepositoryId } from '../metadata/repositories.ts';
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
import type { Deletions } from './deletions.ts';
import type { ManifestCache } from './manifest-cache.ts';
import { placeTag } from './place-tag.ts';
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
}

export interface ManifestsParts {
  readonly db: Database;
  readonly cache: ManifestCache;
  readonly rules: ManifestRules;
  readonly repositoryRules: Rules;
  readonly deletions: Pick<Deletions, 'deleteTag' | 'deleteManifest'>;
  readonly now: () => Date;
}

/** What a repository's manifests may be asked: read, pushed, deleted. */
export class Manifests {
  readonly #db: Database;
  readonly #cache: ManifestCache;
  readonly #rules: ManifestRules;
  readonly #repositoryRules: Rules;
  readonly #deletions: ManifestsParts['deletions'];
  readonly #now: () => Date;

  constructor(parts: ManifestsParts) {
    this.#db = parts.db;
    this.#cache = parts.cache;
    this.#rules = parts.rules;
    this.#repositoryRules = parts.repositoryRules;
    this.#deletions = parts.deletions;
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
    return this.#db.isShared ? undefined : this.#cache.get(repository, tagOrDigest);
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
    const known = this.#cache.getContent(key);
    if (known !== undefined) return known;
    const content = await this.#read(repository, reference);
    this.#cache.putContent(content);
    return content;
  }

  async #getAndRemember(repository: RepositoryName, reference: TagOrDigest): Promise<ManifestContent> {
    const changes = this.#cache.changes;
    const content = await this.#read(repository, reference);
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

  /**
   * Accepts a manifest that names what the rules let it name, with its tags, in one transaction.
   *
   * @throws {ManifestInvalidError} not a manifest, or nested too deep.
   * @throws {DigestInvalidError} pushed by a digest that is not its own.
   * @throws {ManifestBlobUnknownError} one entry for each blob or manifest that must be here and is not.
   * @throws {ProtectedError} a rule keeps one of the tags where it is.
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
    await this.#change(repository, async (tx) => {
      await tx.lock('shared', [manifestContentLock(digest), repositoryLock(repository)]);
      await this.#record(tx, repository, { digest, manifest, bytes: pushed.bytes, tags, actor });
    });
    return { digest, subject: manifest.subject?.digest };
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

  async #record(tx: Transaction, repository: RepositoryName, accepted: Accepted): Promise<void> {
    const { digest, manifest, bytes, tags, actor } = accepted;
    const now = this.#now();
    const repositoryId = await ensureRepository(tx, repository, now);
    const rules = await this.#repositoryRules.of(tx, repository);
    const children = childrenOf(manifest);
    const depths = await findDepths(tx, repositoryId, children);
    const missing = [
      ...(this.#rules.requireBlobs ? await findUnlinked(tx, repositoryId, requiredBlobs(manifest)) : []),
      ...(this.#rules.requireIndexChildren ? children.filter((child) => !depths.has(child)) : []),
    ];
    if (missing.length > 0) throw new ManifestBlobUnknownError(missing);
    const row = rowOf(accepted, { repositoryId, depth: this.#depth(manifest, depths) });
    await saveManifest(tx, row, bytes, now);
    await saveEdges(tx, repositoryId, digest, edgesOf(manifest));
    // In one order: two pushes of the same tags must not wait for each other.
    for (const tag of tags.toSorted()) {
      await placeTag(tx, { repositoryId, repository, tag, to: digest, rules, actor, now });
    }
    const details = { mediaType: manifest.mediaType, size: bytes.byteLength, tags };
    await appendAudit(tx, actor, { action: 'manifest.pushed', repository, digest, details }, now);
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

interface Accepted extends ReadManifest {
  readonly tags: readonly Tag[];
  readonly actor: Actor;
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
