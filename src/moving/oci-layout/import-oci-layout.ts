import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { isIndexType, isManifestType } from '../../oci/media-types.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import { isTag, type Tag } from '../../oci/tag.ts';
import { childrenOf } from '../../registry/manifest-facts.ts';
import { makeBatchesDurable } from '../batch-durability.ts';
import { BlobIntake } from '../blob-intake.ts';
import { ForeignFaultError } from '../foreign-blobs.ts';
import { readForeignManifest } from '../foreign-manifest.ts';
import { ManifestIntake, MANIFESTS_PER_BATCH } from '../manifest-intake.ts';
import type { SourceTree } from '../source-tree.ts';
import { TagIntake } from '../tag-intake.ts';
import { MovingError, type MovingParts, type Taking, type TakingOptions } from '../taking.ts';
import type { Tally } from '../tally.ts';
import { TreeBlobs } from '../tree-blobs.ts';
import { INDEX_FILE, layoutBlobPath, MAX_INDEX_BYTES, parseLayoutIndex, tagTextOf } from './layout-files.ts';

export interface OciLayoutImport {
  readonly parts: MovingParts;
  readonly tree: SourceTree;
  /** The entry of that name; without it, all of them. */
  readonly sourceTag: string | undefined;
  readonly repository: RepositoryName;
  /** Its tag here; without it, entries keep their names. */
  readonly tag: Tag | undefined;
  readonly options: TakingOptions;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Takes over images of an OCI layout, with all their platforms and with the referrers that the layout has of them. */
export async function importOciLayout(work: OciLayoutImport): Promise<void> {
  const { parts, tree, options, tally, signal, repository } = work;
  const taking: Taking = { parts, options, source: new TreeBlobs(tree, layoutBlobPath), tally, signal };
  const entries = await readEntries(tree);
  const chosen = chosenOf(entries, work);
  const manifests = new ManifestIntake(taking, new BlobIntake(taking), repository);
  const digests = [...(await withReferrers(taking, await reachable(taking, chosen), entries))];
  tally.expectedManifests = digests.length;
  try {
    for (let start = 0; start < digests.length; start += MANIFESTS_PER_BATCH) {
      signal.throwIfAborted();
      await manifests.take(digests.slice(start, start + MANIFESTS_PER_BATCH));
    }
    await manifests.finish();
    await takeTags(new TagIntake(taking, manifests, repository), chosen, work.tag);
    tally.imported.repositories += 1;
  } finally {
    if (!options.dryRun) await makeBatchesDurable(parts);
  }
}

async function readEntries(tree: SourceTree): Promise<readonly Descriptor[]> {
  const bytes = await tree.read(INDEX_FILE, MAX_INDEX_BYTES).catch((error: unknown) => {
    if (!(error instanceof ForeignFaultError)) throw error;
    throw new MovingError(`${INDEX_FILE} of ${tree.name} is no use: ${error.message}.`, { cause: error });
  });
  if (bytes === undefined) throw new MovingError(`${tree.name} is no OCI layout: it has no ${INDEX_FILE}.`);
  return parseLayoutIndex(bytes, tree.name);
}

function chosenOf(entries: readonly Descriptor[], { tree, sourceTag, tag }: OciLayoutImport): readonly Descriptor[] {
  const chosen = sourceTag === undefined ? entries : entries.filter((entry) => tagTextOf(entry) === sourceTag);
  const names = [...new Set(entries.flatMap((entry) => tagTextOf(entry) ?? []))].slice(0, 20).join(', ');
  const known = names === '' ? 'Nothing in it has a name.' : `It has ${names}.`;
  if (chosen.length === 0) throw new MovingError(`${tree.name} has nothing called ${sourceTag ?? ''}. ${known}`);
  if (tag !== undefined && new Set(chosen.map(({ digest }) => digest)).size > 1) {
    throw new MovingError(`${tree.name} has several images, and ${tag} can name one: say which. ${known}`);
  }
  return chosen;
}

/** The chosen manifests and, below indexes, those that the layout has: it may be sparse. */
async function reachable(taking: Taking, chosen: readonly Descriptor[]): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  const pending = [...chosen];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    taking.signal.throwIfAborted();
    if (found.has(next.digest)) continue;
    found.add(next.digest);
    if (!isIndexType(next.mediaType)) continue;
    const index = await readIfWhole(taking, next.digest);
    for (const child of index?.manifests ?? []) {
      const isHere = isManifestType(child.mediaType) && (await taking.source.size(child.digest)) !== undefined;
      if (isHere) pending.push(child);
    }
  }
  return found;
}

/** Signatures and the like, and theirs: entries whose subject comes along. */
async function withReferrers(
  taking: Taking,
  found: Set<Digest>,
  entries: readonly Descriptor[],
): Promise<ReadonlySet<Digest>> {
  for (let before = -1; found.size !== before;) {
    before = found.size;
    for (const { digest } of entries) {
      if (found.has(digest)) continue;
      const manifest = await readIfWhole(taking, digest);
      if (manifest?.subject === undefined || !found.has(manifest.subject.digest)) continue;
      found.add(digest);
      for (const child of childrenOf(manifest)) found.add(child);
    }
  }
  return found;
}

/** What is wrong with it is told when it is taken. */
async function readIfWhole(taking: Taking, digest: Digest) {
  try {
    return (await readForeignManifest(taking, digest)).manifest;
  } catch (error) {
    if (error instanceof ForeignFaultError) return undefined;
    throw error;
  }
}

async function takeTags(tags: TagIntake, chosen: readonly Descriptor[], tag: Tag | undefined): Promise<void> {
  const digestByTag = new Map<Tag, Digest>();
  for (const entry of chosen) {
    const name = tag ?? tagTextOf(entry);
    if (name === undefined) continue;
    if (isTag(name)) digestByTag.set(name, entry.digest);
    else await tags.refuse(name, 'no tag may be called that');
  }
  await tags.take(digestByTag);
}
