import type { Actor } from '../metadata/actor.ts';
import type { Database, Queryable } from '../metadata/database.ts';
import { findNamingManifest } from '../metadata/manifest-edges.ts';
import { findTagged } from '../metadata/many-rows.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { listSubjects } from '../metadata/subjects.ts';
import { ManifestUnknownError, NameUnknownError, ProtectedError } from '../oci/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { TagOrDigest } from '../oci/tag-or-digest.ts';
import type { Tag } from '../oci/tag.ts';
import { cascadeOf, type CascadedManifest } from './cascade.ts';
import type { Deletions } from './deletions.ts';
import type { TrashEntry } from './trash-entry.ts';

/** What goes, or would go, when somebody deletes a tag or a manifest with all that belongs to it. */
export interface Cascade {
  /** The tag that was asked for, and what it names. */
  readonly tag?: { readonly tag: Tag; readonly digest: Digest };
  /** Empty for a tag whose manifest something else keeps: another tag, or an index. */
  readonly manifests: readonly CascadedManifest[];
}

export interface DeletedCascade extends Cascade {
  readonly trash: TrashEntry;
}

/**
 * Foresees a deletion.
 *
 * @throws {NameUnknownError} @throws {ManifestUnknownError}
 */
export async function foreseeCascade(
  db: Queryable,
  repository: RepositoryName,
  reference: TagOrDigest,
): Promise<Cascade> {
  const repositoryId = await findRepositoryId(db, repository);
  if (repositoryId === undefined) throw new NameUnknownError(repository);
  if ('digest' in reference) {
    const manifests = await cascadeOf(db, repositoryId, reference.digest);
    if (manifests.length === 0) throw new ManifestUnknownError(reference.digest);
    return { manifests };
  }
  const { tag } = reference;
  const digest = (await findTagged(db, repositoryId, [tag])).get(tag);
  if (digest === undefined) throw new ManifestUnknownError(tag);
  const manifests = await cascadeOf(db, repositoryId, digest);
  const isKept =
    manifests[0]?.tags.some((other) => other !== tag) === true ||
    (await findNamingManifest(db, repositoryId, digest)) !== undefined ||
    (await listSubjects(db, repositoryId, [digest])).length > 0;
  return { tag: { tag, digest }, manifests: isKept ? [] : manifests };
}

/**
 * Deletes it: one entry of the trash, whatever goes with it.
 *
 * @throws {NameUnknownError} @throws {ManifestUnknownError}
 * @throws {ProtectedError} a rule of the repository forbids it.
 */
export async function deleteCascade(
  { db, deletions }: { readonly db: Database; readonly deletions: Deletions },
  {
    repository,
    reference,
    actor,
  }: { readonly repository: RepositoryName; readonly reference: TagOrDigest; readonly actor: Actor },
): Promise<DeletedCascade> {
  const cascade = await foreseeCascade(db, repository, reference);
  const targets = cascade.manifests.map(({ digest, tags, with: leader }) => ({
    digest,
    tags,
    ...(leader !== undefined && { follows: leader }),
  }));
  const alsoTags = cascade.tag !== undefined && targets.length === 0 ? [cascade.tag] : [];
  const { trash, deleted, kept } = await deletions.deleteMany(repository, targets, { actor, alsoTags });
  if (trash === undefined) throw new ProtectedError(kept[0]?.reason ?? 'it is gone already');
  const gone = new Set(deleted);
  return { ...cascade, manifests: cascade.manifests.filter(({ digest }) => gone.has(digest)), trash };
}
