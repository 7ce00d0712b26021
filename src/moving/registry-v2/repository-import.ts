import { findUnlinked } from '../../metadata/links.ts';
import { blobLock, repositoryLock } from '../../metadata/locks.ts';
import { findBlobs, saveLinks } from '../../metadata/many-rows.ts';
import { ensureRepository, findRepositoryId } from '../../metadata/repositories.ts';
import type { Digest } from '../../oci/digest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import { isTag, type Tag } from '../../oci/tag.ts';
import { BATCH } from '../batch-durability.ts';
import { forEachOf, inBatches } from '../batches.ts';
import type { BlobIntake } from '../blob-intake.ts';
import { ForeignFaultError } from '../foreign-blobs.ts';
import { ManifestIntake, MANIFESTS_PER_BATCH } from '../manifest-intake.ts';
import { TagIntake, TAGS_PER_BATCH } from '../tag-intake.ts';
import type { Taking } from '../taking.ts';
import type { SourceTree } from '../source-tree.ts';
import { digestIn, LAYERS, linkFolders, linkPath, repositoryPath, REVISIONS, tagPath, TAGS } from './tree-layout.ts';

/** How many link files are read at once. */
const AT_ONCE = 16;

const LAYERS_PER_BATCH = 500;

/** A link file holds one digest: 135 characters at most. */
const LINK_BYTES = 1024;

export interface RepositoryImport {
  readonly taking: Taking;
  readonly tree: SourceTree;
  readonly blobs: BlobIntake;
  /** Its name there. */
  readonly name: string;
  /** Its name here. */
  readonly repository: RepositoryName;
}

/** Takes one repository: its manifests with their blobs, then what else it may serve, then its tags. */
export async function importRepository(work: RepositoryImport): Promise<void> {
  const { taking, blobs, repository, name, tree } = work;
  const manifests = new ManifestIntake(taking, blobs, repository);
  const revisions = `${repositoryPath(name)}/${REVISIONS}`;
  for await (const batch of inBatches(linkFolders(tree, revisions), MANIFESTS_PER_BATCH)) {
    taking.signal.throwIfAborted();
    await manifests.take(await linkedRevisions(work, manifests, batch));
  }
  await manifests.finish();
  for await (const batch of inBatches(linkFolders(tree, `${repositoryPath(name)}/${LAYERS}`), LAYERS_PER_BATCH)) {
    taking.signal.throwIfAborted();
    await takeLayers(work, batch);
  }
  const tags = new TagIntake(taking, manifests, repository);
  for await (const batch of inBatches(tree.folders(`${repositoryPath(name)}/${TAGS}`), TAGS_PER_BATCH)) {
    taking.signal.throwIfAborted();
    await tags.take(await readTags(work, tags, batch));
  }
}

/** Those that are here already, and those whose link is there: a deleted manifest leaves its folder. */
async function linkedRevisions(
  work: RepositoryImport,
  manifests: ManifestIntake,
  digests: readonly Digest[],
): Promise<readonly Digest[]> {
  const here = await manifests.depths(digests);
  const linked = await linkedOf(
    work,
    REVISIONS,
    digests.filter((digest) => !here.has(digest)),
  );
  work.taking.tally.doneManifests += digests.length - here.size - linked.length;
  return [...here.keys(), ...linked];
}

async function linkedOf(
  { tree, name, taking }: RepositoryImport,
  folder: string,
  digests: readonly Digest[],
): Promise<Digest[]> {
  const linked: Digest[] = [];
  await forEachOf(digests, AT_ONCE, async (digest) => {
    taking.signal.throwIfAborted();
    const path = linkPath(`${repositoryPath(name)}/${folder}`, digest);
    if ((await tree.size(path).catch(() => undefined)) !== undefined) linked.push(digest);
  });
  return linked;
}

/** The blobs that no manifest brought. */
async function takeLayers(work: RepositoryImport, digests: readonly Digest[]): Promise<void> {
  const { taking, blobs, repository } = work;
  const { db, now } = taking.parts;
  const repositoryId = await findRepositoryId(db, repository);
  const unlinked = repositoryId === undefined ? digests : await findUnlinked(db, repositoryId, digests);
  const fresh = unlinked.filter((digest) => blobs.faultOf(digest) === undefined);
  const wanted = await linkedOf(work, LAYERS, fresh);
  if (wanted.length === 0) return;
  const here = await blobs.take(
    repository,
    wanted.map((digest) => ({ digest, size: undefined, isOptional: false })),
  );
  if (taking.options.dryRun || here.size === 0) return;
  await db.transaction(async (tx) => {
    await tx.lock('shared', [repositoryLock(repository), ...[...here].map(blobLock)]);
    const recorded = await findBlobs(tx, [...here]);
    await saveLinks(tx, await ensureRepository(tx, repository, now()), [...recorded.keys()], now());
  }, BATCH);
}

async function readTags(
  { tree, name, taking }: RepositoryImport,
  tags: TagIntake,
  names: readonly string[],
): Promise<ReadonlyMap<Tag, Digest>> {
  const digestByTag = new Map<Tag, Digest>();
  await forEachOf(names, AT_ONCE, async (tag) => {
    taking.signal.throwIfAborted();
    if (!isTag(tag)) return await tags.refuse(tag, 'no tag may be called that');
    try {
      const link = await tree.read(tagPath(name, tag), LINK_BYTES);
      if (link === undefined) throw new ForeignFaultError('its link is missing in the source');
      const digest = digestIn(new TextDecoder().decode(link));
      if (digest === undefined) throw new ForeignFaultError('its link holds no digest');
      digestByTag.set(tag, digest);
    } catch (error) {
      if (!(error instanceof ForeignFaultError)) throw error;
      await tags.refuse(tag, error.message);
    }
  });
  return digestByTag;
}
