import { saveBlob } from '../../src/metadata/blobs.ts';
import type { Database } from '../../src/metadata/database.ts';
import { saveLink } from '../../src/metadata/links.ts';
import { saveEdges } from '../../src/metadata/manifest-edges.ts';
import { saveManifest } from '../../src/metadata/manifests.ts';
import { ensureRepository } from '../../src/metadata/repositories.ts';
import { saveTag } from '../../src/metadata/tags.ts';
import { parseDigest, type Digest } from '../../src/oci/digest.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';
import { parseTag } from '../../src/oci/tag.ts';
import { edgesOf, rowOf } from '../../src/registry/manifest-facts.ts';
import { imageOf, randomBlob } from './image.ts';

const WHEN = new Date('2026-01-01T00:00:00Z');

/** Writes down that a repository has an image with these tags, whose bytes are nowhere. @returns its digest. */
export async function fillRepository(
  db: Database,
  name: string,
  { tags }: { readonly tags: readonly string[] },
): Promise<Digest> {
  const image = imageOf([randomBlob(10)]);
  const { bytes, mediaType } = image.manifest;
  const digest = parseDigest(image.manifest.digest);
  const manifest = parseManifest(bytes, mediaType, { manifests: 10, layers: 10 });
  await db.transaction(async (tx) => {
    const repositoryId = await ensureRepository(tx, parseRepositoryName(name), WHEN);
    for (const blob of image.blobs) {
      const row = { digest: parseDigest(blob.digest), size: blob.bytes.length, storageKey: `key of ${blob.digest}` };
      await saveBlob(tx, row, WHEN);
      await saveLink(tx, { repositoryId, digest: row.digest }, WHEN);
    }
    await saveManifest(tx, rowOf({ digest, manifest, bytes }, { repositoryId, depth: 0 }), bytes, WHEN);
    await saveEdges(tx, repositoryId, digest, edgesOf(manifest));
    for (const tag of tags) await saveTag(tx, { repositoryId, tag: parseTag(tag), digest }, WHEN);
  });
  return digest;
}
