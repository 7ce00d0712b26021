import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { contentOf, imageOf, randomBlob, type Content } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

/** A blob in a repository of its own. */
async function pushed(blob: Content = randomBlob(1000)): Promise<{ repository: string; blob: Content; path: string }> {
  const repository = newRepository();
  await registry().client.pushBlob(repository, blob);
  return { repository, blob, path: `/v2/${repository}/blobs/${blob.digest}` };
}

const empty = contentOf('application/octet-stream', new Uint8Array());

describe('GET of a blob', () => {
  const blobs = [
    ['of some bytes', randomBlob(1000)],
    ['of no bytes', empty],
    ['known by sha512', randomBlob(1000, 'sha512')],
    ['larger than one read', randomBlob(3 * 1024 * 1024 + 7)],
  ] as const;
  for (const [name, content] of blobs) {
    it(`gives the bytes and what they are: ${name}`, async () => {
      const { blob, path } = await pushed(content);
      const reply = await registry().client.send('GET', path);
      expect(reply.status).toBe(200);
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'accept-ranges': 'bytes',
        'content-length': String(blob.bytes.byteLength),
        'content-type': 'application/octet-stream',
        'docker-content-digest': blob.digest,
        etag: `"${blob.digest}"`,
      });
      expect(await reply.bytes()).toEqual(blob.bytes);
    });

    it(`is answered by HEAD with the same headers: ${name}`, async () => {
      const { path } = await pushed(content);
      const get = Object.fromEntries((await registry().client.send('GET', path)).headers);
      const reply = await registry().client.send('HEAD', path);
      expect(reply.status).toBe(200);
      expect(await reply.text()).toBe('');
      const { date: _date, 'x-request-id': _id, ...expected } = get;
      expect(Object.fromEntries(reply.headers)).toMatchObject(expected);
    });
  }

  it('may be kept by the client for ever, and by nobody between', async () => {
    const { path } = await pushed();
    const reply = await registry().client.send('GET', path);
    expect(reply.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
  });

  it('does not tell the name of the stored file', async () => {
    const { path } = await pushed();
    const reply = await registry().client.send('GET', path);
    expect(reply.headers.get('content-disposition')).toBe('attachment');
  });

  it('is never compressed, whatever the client accepts', async () => {
    const { path, blob } = await pushed(contentOf('text/plain', new Uint8Array(100_000)));
    const headers = { 'accept-encoding': 'zstd;q=1.0, gzip;q=0.8, deflate;q=0.5' };
    const reply = await registry().client.send('GET', path, { headers });
    expect(reply.headers.get('content-encoding')).toBeNull();
    expect(reply.headers.get('vary')).toBeNull();
    expect(reply.headers.get('content-length')).toBe(String(blob.bytes.byteLength));
  });

  it('is found by a digest with an encoded colon', async () => {
    const { path, blob } = await pushed();
    const reply = await registry().client.send('GET', path.replace('sha256:', 'sha256%3A'));
    expect(await reply.bytes()).toEqual(blob.bytes);
  });
});

describe('a blob that is not there', () => {
  it('is 404 BLOB_UNKNOWN', async () => {
    const { repository } = await pushed();
    const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${randomBlob(1).digest}`);
    expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  });

  it('is 404 where only another repository has it, in the same words as if nobody had it', async () => {
    const { blob } = await pushed();
    const { repository } = await pushed();
    const nobodyHas = randomBlob(10).digest;
    const [hidden, absent] = await Promise.all(
      [blob.digest, nobodyHas].map((digest) => registry().client.send('GET', `/v2/${repository}/blobs/${digest}`)),
    );
    expect(hidden?.status).toBe(404);
    expect((await hidden?.text())?.replaceAll(blob.digest, nobodyHas)).toBe((await absent?.text()) ?? '');
  });

  it('is 404 under the digest of another algorithm than it was pushed by', async () => {
    const { repository, blob } = await pushed();
    const other = contentOf(blob.mediaType, blob.bytes, 'sha512').digest;
    expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${other}`)).status).toBe(404);
  });

  it('is 404 for HEAD too, without a body', async () => {
    const reply = await registry().client.send('HEAD', `/v2/${newRepository()}/blobs/${randomBlob(1).digest}`);
    expect(reply.status).toBe(404);
    expect(await reply.text()).toBe('');
  });

  it('is not found under the digest of a manifest', async () => {
    const repository = newRepository();
    const image = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, image, 'v1');
    const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${image.manifest.digest}`);
    expect(reply.status).toBe(404);
  });
});

describe('what is not a digest', () => {
  const sha256 = randomBlob(1).digest;
  const wrong = [
    ['too short', sha256.slice(0, -1)],
    ['too long', `${sha256}0`],
    ['upper-case', `sha256:${'A'.repeat(64)}`],
    ['not hexadecimal', `sha256:${'g'.repeat(64)}`],
    ['of an algorithm we cannot compute', `blake3:${'0'.repeat(64)}`],
    ['of the length of the other algorithm', sha256.replace('sha256', 'sha512')],
    ['md5', `md5:${'0'.repeat(32)}`],
  ] as const;
  for (const [name, digest] of wrong) {
    for (const method of ['GET', 'DELETE']) {
      it(`is 400 DIGEST_INVALID for ${method}: ${name}`, async () => {
        const reply = await registry().client.send(method, `/v2/${newRepository()}/blobs/${digest}`);
        expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
      });
    }
  }

  it('is 404 where it is not even the form of one', async () => {
    const reply = await registry().client.send('GET', `/v2/${newRepository()}/blobs/nothing`);
    expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  });
});

describe('If-None-Match of a blob', () => {
  const forms = [
    ['quoted', (digest: string) => `"${digest}"`],
    ['bare, as some clients of Docker send it', (digest: string) => digest],
    ['weak', (digest: string) => `W/"${digest}"`],
    ['in a list', (digest: string) => `"x", "${digest}"`],
    ['any', () => '*'],
  ] as const;
  for (const [name, form] of forms) {
    it(`is 304 without body: ${name}`, async () => {
      const { blob, path } = await pushed();
      const reply = await registry().client.send('GET', path, { headers: { 'if-none-match': form(blob.digest) } });
      expect(reply.status).toBe(304);
      expect(reply.headers.get('etag')).toBe(`"${blob.digest}"`);
      expect(await reply.text()).toBe('');
    });
  }

  it('is the blob where the client has something else', async () => {
    const { blob, path } = await pushed();
    const headers = { 'if-none-match': `"${randomBlob(1).digest}"` };
    expect(await (await registry().client.send('GET', path, { headers })).bytes()).toEqual(blob.bytes);
  });

  it('does not tell whether a repository of others has it', async () => {
    const { blob } = await pushed();
    const headers = { 'if-none-match': '*' };
    const reply = await registry().client.send('GET', `/v2/${newRepository()}/blobs/${blob.digest}`, { headers });
    expect(reply.status).toBe(404);
  });
});
