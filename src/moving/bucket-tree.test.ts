import { expect, it } from 'bun:test';
import { imageOf, indexOf, randomBlob } from '../../test/support/image.ts';
import { TAKE_ALL, openMovingRegistry } from '../../test/support/moving.ts';
import { NotedStore } from '../../test/support/noted-store.ts';
import { bucketOf, describeOnS3 } from '../../test/support/s3.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import type { Bucket } from '../storage/s3/bucket.ts';
import { BucketTree } from './bucket-tree.ts';
import { importRegistryV2 } from './registry-v2/import-registry-v2.ts';
import type { MovingParts } from './taking.ts';
import { Tally, type Finding } from './tally.ts';

const image = imageOf([randomBlob(100_000)]);
const index = indexOf([image.manifest]);
const lost = imageOf([randomBlob(10)]);

/** What the S3 driver of `registry:2` writes. */
async function writeTree(bucket: Bucket): Promise<void> {
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    const sha256 = Buffer.from(new Bun.CryptoHasher('sha256').update(bytes).digest());
    await bucket.put(`docker/registry/v2/${key}`, { pieces: [bytes], size: bytes.byteLength, sha256 });
  };
  const blob = (digest: string): string => `blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`;
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  for (const { digest, bytes } of [...image.blobs, image.manifest, index, lost.manifest])
    await put(blob(digest), bytes);
  for (const { digest } of [image.manifest, index, lost.manifest]) {
    await put(`repositories/team/app/_manifests/revisions/sha256/${digest.slice(7)}/link`, text(digest));
  }
  await put('repositories/team/app/_manifests/tags/1.0/current/link', text(index.digest));
}

async function importFrom(bucket: Bucket, parts: MovingParts, isOfStore: boolean) {
  const findings: Finding[] = [];
  const tally = new Tally((finding) => void findings.push(finding));
  await importRegistryV2({
    parts,
    tree: new BucketTree({ bucket, name: 'the bucket', under: '', isOfStore }),
    options: { ...TAKE_ALL, into: '', repositories: parseRepositoryPattern('**') },
    tally,
    signal: new AbortController().signal,
  });
  return { findings, report: tally.report() };
}

describeOnS3('a tree of registry:2 in a bucket', (s3) => {
  it('is brought into a folder', async () => {
    const bucket = await bucketOf(s3, s3.location());
    await writeTree(bucket);
    await using here = await openMovingRegistry();
    const { findings, report } = await importFrom(bucket, here.parts, false);
    expect(report).toMatchObject({ imported: { manifests: 2, tags: 1, blobs: 2 }, ways: { copied: 2 } });
    expect(findings.map(({ kind }) => kind).toSorted()).toEqual(['blob', 'blob', 'manifest']);
    expect(await here.digestOf('team/app', '1.0')).toBe(index.digest);
    expect(await here.pullBlob('team/app', image.blobs[1]?.digest ?? '')).toEqual(image.blobs[1]?.bytes);
    bucket.close();
  }, 60_000);

  it('is adopted where it is, by a store in the same bucket', async () => {
    const location = s3.location();
    const bucket = await bucketOf(s3, location);
    await writeTree(bucket);
    await using here = await openMovingRegistry();
    const store = await NotedStore.open({
      location: { ...location, prefix: `${location.prefix}havre/` },
      ...s3.options(),
    });
    const { report } = await importFrom(bucket, { ...here.parts, store }, true);
    expect(report.ways).toEqual({ linked: 0, cloned: 0, copied: 0, 'in-place': 2 });
    expect(await here.digestOf('team/app', '1.0')).toBe(index.digest);
    await store.close();
    bucket.close();
  }, 60_000);

  it('is copied where garbage collection is about to free what was adopted before', async () => {
    const location = s3.location();
    const bucket = await bucketOf(s3, location);
    await writeTree(bucket);
    await using here = await openMovingRegistry();
    const store = await NotedStore.open({
      location: { ...location, prefix: `${location.prefix}havre/` },
      ...s3.options(),
    });
    const layer = image.blobs[1]?.digest ?? '';
    const key = `/${location.prefix}docker/registry/v2/blobs/sha256/${layer.slice(7, 9)}/${layer.slice(7)}/data`;
    await here.parts.db.transaction((tx) => saveForgottenBlob(tx, { storageKey: key, size: 100_000 }, new Date()));
    const { report } = await importFrom(bucket, { ...here.parts, store }, true);
    expect(report.ways).toMatchObject({ copied: 1, 'in-place': 1 });
    await bucket.delete(key);
    expect(await here.pullBlob('team/app', layer)).toEqual(image.blobs[1]?.bytes);
    await store.close();
    bucket.close();
  }, 60_000);
});
