import { expect, it } from 'bun:test';
import { NotedStore } from '../../test/support/noted-store.ts';
import { bucketOf, describeOnS3 } from '../../test/support/s3.ts';
import { MultipartUploads } from '../storage/s3/multipart-uploads.ts';
import { S3Place } from './s3-place.ts';

describeOnS3('a backup in a bucket', (s3) => {
  it('drops the uploads that it left half-way, and nobody else’s', async () => {
    const bucket = await bucketOf(s3, s3.location());
    const multiparts = new MultipartUploads(bucket);
    const ours = await multiparts.begin(`blobs/sha256/ab/${'ab'.repeat(32)}`);
    const theirs = await multiparts.begin('blobs/6f/6f1c0d3e-0000-4000-8000-9c2d41f07b55');
    const body = {
      pieces: [new Uint8Array(9)],
      size: 9,
      sha256: new Bun.CryptoHasher('sha256').update(new Uint8Array(9)).digest(),
    };
    await new S3Place('here', bucket).tidy();
    expect(await multiparts.sendPart(theirs, 1, body)).not.toBe('');
    // MinIO lists only those of exactly one key.
    if (s3.program !== 'minio') expect(multiparts.sendPart(ours, 1, body)).rejects.toThrow();
    await multiparts.abort(theirs);
    bucket.close();
  }, 60_000);

  it('is no garbage of a store with the same prefix', async () => {
    const location = s3.location();
    const bucket = await bucketOf(s3, location);
    const store = await NotedStore.open({ location, ...s3.options() });
    const content = (async function* () {
      yield new Uint8Array(9);
    })();
    await new S3Place('here', bucket).write(`blobs/sha256/ab/${'ab'.repeat(32)}`, content, 9);
    expect(await Array.fromAsync(store.listKeys())).toEqual([]);
    await store.close();
    bucket.close();
  }, 60_000);
});
