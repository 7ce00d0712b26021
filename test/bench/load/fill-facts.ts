import { createHash } from 'node:crypto';
import { openFacts } from '../../../src/composition/facts.ts';
import { loadConfig } from '../../../src/config.ts';
import type { Database, Transaction } from '../../../src/metadata/database.ts';
import {
  insertBlobs,
  insertManifests,
  saveLinks,
  saveTags,
  type ManifestWithContent,
} from '../../../src/metadata/many-rows.ts';
import { ensureRepository } from '../../../src/metadata/repositories.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { RepositoryName } from '../../../src/oci/repository-name.ts';
import type { Tag } from '../../../src/oci/tag.ts';
import { IMAGE_CONFIG, IMAGE_LAYER, IMAGE_MANIFEST } from '../../support/image.ts';
import { repositoryOf, tagOf } from '../growing-content.ts';
import { ownTask } from './generator.ts';

/**
 * A process that records images in the database that the environment names, without a server and without their blobs'
 * bytes: pushing a million of them would take an hour. Each has a tag, a manifest, a config and two of a hundred layers.
 */
export interface FillFacts {
  /** The first image that is not there yet. */
  readonly from: number;
  /** As many there are afterwards. */
  readonly to: number;
}

/** How long ago all this was pushed, in milliseconds: garbage collection does not look at what is new. */
const A_DAY = 86_400_000;

/** In one transaction: enough that its end costs nothing, and it fits in memory. */
const BATCH = 5000;
const LAYERS = Array.from({ length: 100 }, (_, layer) => digestOf(`layer ${layer}`));

if (import.meta.main) {
  const { from, to } = ownTask<FillFacts>();
  const db = await openFacts(loadConfig({ cwd: '/' }).config);
  for (let start = from; start < to; start += BATCH) await record(db, start, Math.min(start + BATCH, to));
  await db.close();
  console.log('{}');
}

async function record(db: Database, start: number, end: number): Promise<void> {
  const now = new Date(Date.now() - A_DAY);
  const byRepository = Map.groupBy(range(start, end), repositoryOf);
  await db.transaction(async (tx) => {
    const blobs = range(start, end).map((image) => blobRow(digestOf(`config ${image}`), 1500));
    await insertBlobs(tx, start === 0 ? [...blobs, ...LAYERS.map((layer) => blobRow(layer, 30_000_000))] : blobs, now);
    for (const [name, images] of byRepository) await recordIn(tx, name as RepositoryName, images, now);
  });
}

async function recordIn(tx: Transaction, name: RepositoryName, images: readonly number[], now: Date): Promise<void> {
  const repositoryId = await ensureRepository(tx, name, now);
  const manifests = images.map((image) => manifestOf(repositoryId, image));
  await saveLinks(
    tx,
    repositoryId,
    [...new Set(manifests.flatMap(({ edges }) => edges.map(({ digest }) => digest)))],
    now,
  );
  await insertManifests(tx, manifests, now);
  const digestByTag = new Map<Tag, Digest>();
  for (const [place, image] of images.entries()) {
    const digest = manifests[place]?.row.digest;
    if (digest !== undefined) digestByTag.set(tagOf(image) as Tag, digest);
  }
  await saveTags(tx, { repositoryId, digestByTag, overwrite: true }, now);
}

function manifestOf(repositoryId: number, image: number): ManifestWithContent {
  const config = digestOf(`config ${image}`);
  const layers = [LAYERS[image % 100], LAYERS[(image * 7 + 1) % 100]].filter((layer) => layer !== undefined);
  const document = {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: { mediaType: IMAGE_CONFIG, digest: config, size: 1500 },
    layers: layers.map((digest) => ({ mediaType: IMAGE_LAYER, digest, size: 30_000_000 })),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const row = {
    repositoryId,
    digest: digestOf(bytes),
    mediaType: IMAGE_MANIFEST,
    size: bytes.byteLength,
    artifactType: IMAGE_CONFIG,
    subject: null,
    annotations: null,
    depth: 0,
    expiresAt: null,
  };
  return { row, bytes, edges: [config, ...new Set(layers)].map((digest) => ({ kind: 'blob', digest })) };
}

/** As a store of files names a copy: the length of the key is what the database has to keep. */
function blobRow(digest: Digest, size: number): { digest: Digest; size: number; storageKey: string } {
  const hex = digest.slice('sha256:'.length);
  return { digest, size, storageKey: `sha256/${hex.slice(0, 2)}/${hex}.${hex.slice(0, 12)}` };
}

function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, place) => start + place);
}
