import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { NotedStore } from '../../../test/support/noted-store.ts';
import { bucketOf, describeOnS3, type S3UnderTest } from '../../../test/support/s3.ts';
import { digestOf } from '../../oci/digest.ts';
import { ContentMissingError, DigestInvalidError } from '../../oci/errors.ts';
import { createLogger } from '../../telemetry/log.ts';
import type { Adoption } from '../blob-store.ts';
import { bytesOf, failureOf } from '../contract/upload-client.ts';
import { expectContent } from '../contract/upload-expectations.ts';
import { MemoryUploadNotes } from '../memory/memory-upload-notes.ts';
import type { Bucket } from './bucket.ts';
import { PartBuffer } from './part-buffer.ts';
import { openS3Store } from './s3-store.ts';

setDefaultTimeout(60_000);

const BYTES = bytesOf(300_000);
const EXPECTED = { digest: digestOf(BYTES), size: BYTES.byteLength };

interface Opened {
  readonly store: NotedStore;
  readonly adoption: Adoption;
  /** Beside the store's own place. */
  readonly elsewhere: Bucket;
  readonly key: string;
}

async function opened(s3: S3UnderTest): Promise<Opened> {
  const store = await NotedStore.open({ location: s3.location(), ...s3.options() });
  const { prefix, ...location } = s3.location();
  const elsewhere = await bucketOf(s3, { ...location, prefix: '' });
  const key = `${prefix}docker/registry/v2/blobs/sha256/ab/data with spaces+`;
  await put(elsewhere, key, BYTES);
  return { store, adoption: store.adoption, elsewhere, key };
}

async function put(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  const part = new PartBuffer();
  part.push(bytes.slice());
  await bucket.put(key, part.payload());
}

describeOnS3('objects that are there', (s3) => {
  describe('of the same bucket', () => {
    for (const isTrusted of [true, false]) {
      it(`are taken over where they are, ${isTrusted ? 'trusted' : 'verified'}`, async () => {
        const { store, adoption, elsewhere, key } = await opened(s3);
        const content = { kind: 'object', bucket: elsewhere.name, key } as const;
        const adopted = await adoption.adopt(content, EXPECTED, isTrusted);
        expect(adopted?.by).toBe('in-place');
        await expectContent(store, adopted, BYTES);
        if (adopted !== undefined) await store.delete(adopted.key);
        expect(await elsewhere.head(key)).toBeUndefined();
      });

      it(`are refused when they are something else, ${isTrusted ? 'trusted' : 'verified'}, and stay`, async () => {
        const { adoption, elsewhere, key } = await opened(s3);
        const content = { kind: 'object', bucket: elsewhere.name, key } as const;
        const other = { digest: digestOf(bytesOf(5)), size: isTrusted ? 5 : EXPECTED.size };
        expect(await failureOf(adoption.adopt(content, other, isTrusted))).toBeInstanceOf(DigestInvalidError);
        expect((await elsewhere.head(key))?.size).toBe(EXPECTED.size);
      });
    }

    it('are missed when they are not there', async () => {
      const { adoption, elsewhere } = await opened(s3);
      const content = { kind: 'object', bucket: elsewhere.name, key: 'no/such/object' } as const;
      expect(await failureOf(adoption.adopt(content, EXPECTED, true))).toBeInstanceOf(ContentMissingError);
      expect(await failureOf(adoption.adopt(content, EXPECTED, false))).toBeInstanceOf(ContentMissingError);
    });
  });

  describe('of another bucket', () => {
    async function fromAnother(s3: S3UnderTest): Promise<Opened & { readonly bucket: string }> {
      const all = await opened(s3);
      const bucket = `other-${crypto.randomUUID()}`;
      const { client, sdk } = all.elsewhere;
      await client.send(new sdk.CreateBucketCommand({ Bucket: bucket }));
      const other = await bucketOf(s3, { ...s3.location(), bucket, prefix: '' });
      await put(other, all.key, BYTES);
      return { ...all, bucket };
    }

    it('are copied by S3', async () => {
      const { store, adoption, bucket, key } = await fromAnother(s3);
      const adopted = await adoption.adopt({ kind: 'object', bucket, key }, EXPECTED, false);
      expect(adopted?.by).toBe('copied');
      await expectContent(store, adopted, BYTES);
      expect((await Array.fromAsync(store.listKeys())).map(({ key: listed }) => listed)).toEqual(
        adopted === undefined ? [] : [adopted.key],
      );
    });

    it('leave nothing when they are something else', async () => {
      const { store, adoption, bucket, key } = await fromAnother(s3);
      const other = { digest: digestOf(bytesOf(5)), size: EXPECTED.size };
      expect(await failureOf(adoption.adopt({ kind: 'object', bucket, key }, other, false))).toBeInstanceOf(
        DigestInvalidError,
      );
      expect(await Array.fromAsync(store.listKeys())).toEqual([]);
    });
  });

  it('files are not its business', async () => {
    const { adoption } = await opened(s3);
    expect(await adoption.adopt({ kind: 'file', path: '/etc/hostname' }, EXPECTED, true)).toBeUndefined();
  });

  it('can be read by anybody who has a temporary URL', async () => {
    const { store, adoption, elsewhere, key } = await opened(s3);
    const adopted = await adoption.adopt({ kind: 'object', bucket: elsewhere.name, key }, EXPECTED, true);
    if (adopted === undefined) throw new Error('nothing was adopted');
    const url = await store.directReads.temporaryUrl(adopted.key, { seconds: 60, contentType: 'application/x-blob' });
    const reply = await fetch(url, { headers: { range: 'bytes=5-9' } });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([206, 'application/x-blob']);
    expect(reply.headers.get('content-disposition')).toBe('attachment');
    expect(await reply.bytes()).toEqual(BYTES.slice(5, 10));
    const forged = await fetch(url.replace(/X-Amz-Expires=60/, 'X-Amz-Expires=6000'));
    expect(forged.status).toBe(403);
  });
});

describeOnS3('a start', (s3) => {
  const start = (bucket: string, secretAccessKey?: string): Promise<unknown> => {
    const { credentials } = s3.options();
    const given = { ...credentials, ...(secretAccessKey !== undefined && { secretAccessKey }) };
    const log = createLogger({ level: 'error', pretty: false });
    const notes = new MemoryUploadNotes();
    return failureOf(openS3Store({ location: { ...s3.location(), bucket }, credentials: given, notes, log }));
  };

  it('says what to do about a bucket that is not there', async () => {
    expect(await start('no-such-bucket')).toMatchObject({
      name: 'S3SetupError',
      message: expect.stringContaining('There is no bucket s3://no-such-bucket') as unknown,
    });
  });

  it('says what to do about a wrong secret', async () => {
    expect(await start(s3.server().bucket, 'wrong')).toMatchObject({
      name: 'S3SetupError',
      message: expect.stringContaining('check AWS_SECRET_ACCESS_KEY') as unknown,
    });
  });

  it('is none where all is well', async () => {
    expect(await start(s3.server().bucket)).toBeUndefined();
  });
});
