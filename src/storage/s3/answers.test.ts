import { describe, expect, it } from 'bun:test';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { newUploadId } from '../../oci/upload-id.ts';
import { failureOf } from '../contract/upload-client.ts';
import { openBucket, type Bucket } from './bucket.ts';
import { asStorageFailure } from './s3-failure.ts';
import { noteOf, stateOf } from './upload-state.ts';

const IMPATIENT = { giveUpSeconds: 0, firstPauseMilliseconds: 1 };

function bucketAt(endpoint: string): Promise<Bucket> {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const location = { bucket: 'images', prefix: '', endpoint, region: 'us-east-1', pathStyle: true };
  return openBucket(location, { credentials, retry: IMPATIENT });
}

/** Whatever of an error could come into a log. */
function shown(error: unknown): string {
  return Bun.inspect(error, { depth: 10 });
}

describe('a read of an object', () => {
  it('is refused where the answer is another range than asked for', async () => {
    using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('0123456789') });
    const bucket = await bucketAt(server.url.origin);
    const read = (first: number, last: number): Promise<Uint8Array> => bucket.read('a', { range: { first, last } });
    expect(await failureOf(read(5, 9))).toBeInstanceOf(StorageUnavailableError);
    expect(await failureOf(read(0, 4))).toBeInstanceOf(StorageUnavailableError);
    expect(new TextDecoder().decode(await read(0, 9))).toBe('0123456789');
    bucket.close();
  });

  it('that finds nobody says so without the URL, which is signed', async () => {
    const bucket = await bucketAt('http://127.0.0.1:1');
    const failure = await failureOf(bucket.read('a'));
    expect(failure).toBeInstanceOf(StorageUnavailableError);
    expect(shown(failure)).not.toContain('X-Amz');
    bucket.close();
  });

  it('that breaks again and again says so without the URL', async () => {
    using server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "1"\r\n\r\n');
          socket.flush();
          setImmediate(() => socket.terminate());
        },
      },
    });
    const bucket = await bucketAt(`http://127.0.0.1:${server.port}`);
    const failure = await failureOf(bucket.read('a'));
    expect(failure).toBeInstanceOf(StorageUnavailableError);
    expect(shown(failure)).not.toContain('X-Amz');
    bucket.close();
  });
});

it('a certificate that nobody trusts is no mistake of ours: the client comes again, the operator is told what to do', () => {
  const error = Object.assign(new Error('self signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const failure = asStorageFailure(error, 's3://images');
  expect(failure).toBeInstanceOf(StorageUnavailableError);
  expect(failure).toMatchObject({ cause: { message: expect.stringContaining('NODE_EXTRA_CA_CERTS') as unknown } });
});

it('ETags of any form come back from a note as S3 gave them', () => {
  const etags = [`"${'0f'.repeat(16)}"`, `"${'A'.repeat(20)}"`, 'W/"x"', ''];
  const parts = { key: 'blobs/a', id: 'id', partBytes: 5, etags };
  const id = newUploadId();
  expect(stateOf(id, noteOf({ algorithm: 'sha256', offset: 20, parts })).parts?.etags).toEqual(etags);
});
