import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { contentOf, digestOf, randomBlob, type Algorithm, type Content } from '../../test/support/image.ts';
import { withDigest, type Sending } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry({ store: 'filesystem' });
const OCTETS = { 'content-type': 'application/octet-stream' };

async function opened(query = ''): Promise<{ repository: string; session: string }> {
  const repository = newRepository();
  const reply = await registry().client.expect(202, 'POST', `/v2/${repository}/blobs/uploads/${query}`);
  return { repository, session: reply.headers.get('location') ?? '' };
}

function put(session: string, digest: string, sending: Sending = {}): Promise<Response> {
  return registry().client.send('PUT', withDigest(session, digest), sending);
}

function post(repository: string, digest: string, sending: Sending = {}): Promise<Response> {
  return registry().client.send('POST', withDigest(`/v2/${repository}/blobs/uploads/`, digest), sending);
}

async function expectPushed(reply: Response, repository: string, blob: Content): Promise<void> {
  expect(reply.status).toBe(201);
  expect(reply.headers.get('location')).toBe(`/v2/${repository}/blobs/${blob.digest}`);
  expect(reply.headers.get('docker-content-digest')).toBe(blob.digest);
  expect(reply.headers.get('content-length')).toBe('0');
  expect(await registry().client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
}

const algorithms: readonly Algorithm[] = ['sha256', 'sha512'];

for (const algorithm of algorithms) {
  describe(`a blob pushed by its ${algorithm} digest`, () => {
    const empty = contentOf('application/octet-stream', new Uint8Array(), algorithm);

    it('in a PUT without any PATCH is 201 (rule 9)', async () => {
      const { repository, session } = await opened();
      const blob = randomBlob(1000, algorithm);
      await expectPushed(await put(session, blob.digest, { headers: OCTETS, body: blob.bytes }), repository, blob);
    });

    it('in a PATCH before an empty PUT is 201', async () => {
      const { repository, session } = await opened();
      const blob = randomBlob(1000, algorithm);
      await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: blob.bytes });
      await expectPushed(await put(session, blob.digest), repository, blob);
    });

    it('in one POST is 201 (rule 10)', async () => {
      const repository = newRepository();
      const blob = randomBlob(1000, algorithm);
      await expectPushed(await post(repository, blob.digest, { headers: OCTETS, body: blob.bytes }), repository, blob);
    });

    it('without any bytes is 201 in every way', async () => {
      const { repository, session } = await opened();
      await expectPushed(await put(session, empty.digest), repository, empty);
      const other = newRepository();
      await expectPushed(await post(other, empty.digest), other, empty);
    });

    it('with a digest written with an encoded colon, or not, is 201', async () => {
      for (const colon of [':', '%3A', '%3a']) {
        const { repository, session } = await opened();
        const blob = randomBlob(10, algorithm);
        const address = `${session}?digest=${blob.digest.replace(':', colon)}`;
        const reply = await registry().client.send('PUT', address, { headers: OCTETS, body: blob.bytes });
        await expectPushed(reply, repository, blob);
      }
    });

    it('main: announced with digest-algorithm is 201', async () => {
      const { repository, session } = await opened(`?digest-algorithm=${algorithm}`);
      const blob = randomBlob(1000, algorithm);
      await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: blob.bytes });
      await expectPushed(await put(session, blob.digest), repository, blob);
    });

    it('main: announced with the other digest-algorithm is 201 all the same', async () => {
      const { repository, session } = await opened(`?digest-algorithm=${algorithm === 'sha256' ? 'sha512' : 'sha256'}`);
      const blob = randomBlob(1000, algorithm);
      await expectPushed(await put(session, blob.digest, { headers: OCTETS, body: blob.bytes }), repository, blob);
    });

    const wrong = 'is 400 DIGEST_INVALID where the bytes are others (rule 7)';
    it(`${wrong}: PUT`, async () => {
      const { repository, session } = await opened();
      const { digest } = randomBlob(1000, algorithm);
      const reply = await put(session, digest, { headers: OCTETS, body: randomBlob(1000).bytes });
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
      expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
    });

    it(`${wrong}: PATCH, then PUT`, async () => {
      const { repository, session } = await opened();
      const { digest } = randomBlob(1000, algorithm);
      await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: randomBlob(1000).bytes });
      expect(await errorReply(await put(session, digest))).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
      expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
    });

    it(`${wrong}: POST`, async () => {
      const repository = newRepository();
      const { digest } = randomBlob(1000, algorithm);
      const reply = await post(repository, digest, { headers: OCTETS, body: randomBlob(1000).bytes });
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
      expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
    });
  });
}

describe('a PUT without a digest that can be read (rule 7)', () => {
  const queries = [
    ['none', ''],
    ['empty', '?digest='],
    ['no algorithm', `?digest=${'0'.repeat(64)}`],
    ['an unknown algorithm', `?digest=blake3:${'0'.repeat(64)}`],
    ['capitals', `?digest=sha256:${'A'.repeat(64)}`],
    ['too short', '?digest=sha256:0'],
    ['a tag', '?digest=latest'],
  ] as const;
  for (const [name, query] of queries) {
    it(`is 400 DIGEST_INVALID: ${name}`, async () => {
      const { session } = await opened();
      const reply = await registry().client.send('PUT', `${session}${query}`, {
        headers: OCTETS,
        body: new Uint8Array(1),
      });
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    });
  }

  it('reads the bytes of a POST only under a digest that can be read', async () => {
    const reply = await post(newRepository(), 'sha256:0', { headers: OCTETS, body: new Uint8Array(1) });
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  it('main: is 400 where digest-algorithm is none that we compute', async () => {
    const reply = await registry().client.send('POST', `/v2/${newRepository()}/blobs/uploads/?digest-algorithm=md5`);
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });
});

describe('a session whose PUT had the wrong digest', () => {
  it('is still there, and takes the right one', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(1000);
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: blob.bytes });
    expect((await put(session, randomBlob(1).digest)).status).toBe(400);
    await expectPushed(await put(session, blob.digest), repository, blob);
  });

  it('takes the right one of another algorithm', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(1000, 'sha512');
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: blob.bytes });
    expect((await put(session, digestOf(new Uint8Array(1), 'sha512'))).status).toBe(400);
    await expectPushed(await put(session, blob.digest), repository, blob);
  });
});

describe('a blob that is there already (rule 8)', () => {
  it('is 201 again, and kept once', async () => {
    await using alone = await openRegistry();
    const blob = randomBlob(1000);
    await alone.client.pushBlob('a', blob);
    await alone.client.pushBlob('a', blob);
    await alone.client.pushBlobAtOnce('a', blob);
    await alone.client.pushBlobInChunks('b', blob, 300);
    expect(await alone.store.usage()).toEqual({ bytes: 1000, files: 1 });
    expect(await alone.client.pullBlob('b', blob.digest)).toEqual(blob.bytes);
  });

  it('is 201 where only its digest says so: the bytes are checked each time', async () => {
    const repository = newRepository();
    const blob = randomBlob(1000);
    await registry().client.pushBlob(repository, blob);
    const { session } = await opened();
    const reply = await put(session, blob.digest, { headers: OCTETS, body: randomBlob(1000).bytes });
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });
});

describe('a push in one POST that fails', () => {
  it('leaves nothing in the store', async () => {
    await using alone = await openRegistry();
    const path = withDigest('/v2/a/blobs/uploads/', randomBlob(1).digest);
    expect((await alone.client.send('POST', path, { headers: OCTETS, body: new Uint8Array(10) })).status).toBe(400);
    expect(await Array.fromAsync(alone.store.listIdle(-1))).toEqual([]);
    expect(await alone.store.usage()).toEqual({ bytes: 0, files: 0 });
  });
});
