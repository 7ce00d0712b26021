import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { randomBlob } from '../../test/support/image.ts';
import { locationOf, withDigest } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();
const OCTETS = { 'content-type': 'application/octet-stream' };

describe('POST of a session', () => {
  for (const path of ['blobs/uploads/', 'blobs/uploads']) {
    it(`is 202 with all that clients look for: ${path}`, async () => {
      const repository = newRepository();
      const reply = await registry().client.send('POST', `/v2/${repository}/${path}`);
      expect(reply.status).toBe(202);
      const id = reply.headers.get('docker-upload-uuid') ?? '';
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(reply.headers.get('location')).toBe(`/v2/${repository}/blobs/uploads/${id}`);
      expect(reply.headers.get('range')).toBe('0-0');
      expect(reply.headers.get('content-length')).toBe('0');
      expect(await reply.text()).toBe('');
    });
  }

  it('takes any content type, as crane says JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const reply = await registry().client.send('POST', `/v2/${newRepository()}/blobs/uploads/`, { headers });
    expect(reply.status).toBe(202);
  });

  it('asks for no least chunk size (rule 17)', async () => {
    const reply = await registry().client.send('POST', `/v2/${newRepository()}/blobs/uploads/`);
    expect(reply.headers.get('oci-chunk-min-length')).toBeNull();
  });

  it('gives each session a name that cannot be guessed', async () => {
    const repository = newRepository();
    const sessions = await Promise.all([1, 2, 3].map(() => registry().client.openUpload(repository)));
    expect(new Set(sessions).size).toBe(3);
  });

  it('is 429 with Retry-After where the caller has too many open, and frees them as they end', async () => {
    await using limited = await openRegistry({ limits: { uploadsPerPrincipal: 2 } });
    const first = await limited.client.openUpload('a');
    await limited.client.openUpload('b');
    const refused = await limited.client.send('POST', '/v2/c/blobs/uploads/');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await errorReply(refused)).toMatchObject({ status: 429, code: 'TOOMANYREQUESTS' });
    await limited.client.expect(204, 'DELETE', first);
    await limited.client.openUpload('c');
  });
});

describe('POSTs of many sessions at once', () => {
  it('open no more than one may have open', async () => {
    await using limited = await openRegistry({ limits: { uploadsPerPrincipal: 5 } });
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => limited.client.send('POST', '/v2/a/blobs/uploads/')),
    );
    expect(replies.filter(({ status }) => status === 202).length).toBe(5);
    expect(replies.filter(({ status }) => status === 429).length).toBe(15);
    expect((await Array.fromAsync(limited.store.listIdle(-1))).length).toBe(5);
  });
});

describe('GET of a session', () => {
  it('is 204 with where it stands', async () => {
    const session = await registry().client.openUpload(newRepository());
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: randomBlob(1000).bytes });
    const reply = await registry().client.send('GET', session);
    expect(reply.status).toBe(204);
    expect(reply.headers.get('location')).toBe(session);
    expect(reply.headers.get('range')).toBe('0-999');
    expect(reply.headers.get('docker-upload-uuid')).toBe(session.split('/').at(-1) ?? '');
    expect(await reply.text()).toBe('');
  });

  it('says 0-0 of an empty session, never 0--1 (rule 3)', async () => {
    const session = await registry().client.openUpload(newRepository());
    expect((await registry().client.send('GET', session)).headers.get('range')).toBe('0-0');
  });

  it('says 0-0 after one byte: both ends are included (rule 3)', async () => {
    const session = await registry().client.openUpload(newRepository());
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(1) });
    expect((await registry().client.send('GET', session)).headers.get('range')).toBe('0-0');
  });

  it('answers although a digest is attached to the address', async () => {
    const session = await registry().client.openUpload(newRepository());
    const reply = await registry().client.send('GET', withDigest(session, randomBlob(1).digest));
    expect(reply.status).toBe(204);
  });
});

describe('the Location of a session', () => {
  it('has no query, so that clients may add theirs with ? as well as with & (rule 4)', async () => {
    expect(await registry().client.openUpload(newRepository())).not.toContain('?');
  });

  it('is a path, so that it holds behind any proxy (rule 5)', async () => {
    const reply = await registry().client.send('POST', `/v2/${newRepository()}/blobs/uploads/`, {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', host: 'internal:8080' },
    });
    expect(reply.headers.get('location')).toMatch(/^\/v2\//);
  });

  it('of an earlier answer still works (rule 4)', async () => {
    const repository = newRepository();
    const opened = await registry().client.openUpload(repository);
    const patched = await registry().client.expect(202, 'PATCH', opened, { body: new Uint8Array(10), headers: OCTETS });
    await registry().client.expect(202, 'PATCH', locationOf(patched), { body: new Uint8Array(10), headers: OCTETS });
    const status = await registry().client.expect(204, 'GET', opened);
    expect(status.headers.get('range')).toBe('0-19');
  });

  it('holds in the repository that it was opened in, and in no other', async () => {
    const session = await registry().client.openUpload(newRepository());
    const elsewhere = session.replace(/^\/v2\/[^/]+\/app/, `/v2/${newRepository()}`);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await registry().client.send(method, elsewhere)).status).toBe(404);
    }
    expect((await registry().client.send('GET', session)).status).toBe(204);
  });
});

describe('a session that is not there', () => {
  const ids = [
    ['never opened', crypto.randomUUID()],
    ['not the form of an id', 'nothing'],
    ['an id in capitals', crypto.randomUUID().toUpperCase()],
    ['a path', encodeURIComponent('../../havre.db')],
  ] as const;
  for (const [name, id] of ids) {
    it(`is 404 BLOB_UPLOAD_UNKNOWN for every verb: ${name}`, async () => {
      const path = withDigest(`/v2/${newRepository()}/blobs/uploads/${id}`, randomBlob(1).digest);
      for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const reply = await registry().client.send(method, path);
        expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
      }
    });
  }

  it('is what a finished one has become', async () => {
    const repository = newRepository();
    const session = await registry().client.openUpload(repository);
    const blob = randomBlob(10);
    const put = withDigest(session, blob.digest);
    await registry().client.expect(201, 'PUT', put, { headers: OCTETS, body: blob.bytes });
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const reply = await registry().client.send(method, session);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    }
    expect((await registry().client.send('PUT', put)).status).toBe(404);
  });
});

describe('main: DELETE of a session', () => {
  it('main: is 204, and the session is gone', async () => {
    const session = await registry().client.openUpload(newRepository());
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(100) });
    const reply = await registry().client.send('DELETE', session);
    expect(reply.status).toBe(204);
    expect(await reply.text()).toBe('');
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const after = await registry().client.send(method, withDigest(session, randomBlob(1).digest));
      expect(await errorReply(after)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    }
  });

  it('main: needs no more than the right to push (end-14)', async () => {
    const pusher = await registry().robot({ pattern: '**', actions: ['pull', 'push'] });
    const session = await pusher.openUpload(newRepository());
    expect((await pusher.send('DELETE', session)).status).toBe(204);
  });

  it('main: leaves nothing in the store', async () => {
    await using alone = await openRegistry();
    const session = await alone.client.openUpload('a');
    await alone.client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(100) });
    await alone.client.expect(204, 'DELETE', session);
    const idle = await Array.fromAsync(alone.store.listIdle(-1));
    expect(idle).toEqual([]);
  });
});

describe('a session that nobody comes back to', () => {
  it('stays for a day, and ends when garbage is collected after that (rule 15)', async () => {
    await using alone = await openRegistry();
    const session = await alone.client.openUpload('a');
    alone.clock.advance(86_400 - 60);
    expect((await alone.collect()).uploads).toBe(0);
    expect((await alone.client.send('GET', session)).status).toBe(204);
    alone.clock.advance(120);
    expect((await alone.collect()).uploads).toBe(1);
    expect((await alone.client.send('GET', session)).status).toBe(404);
  });

  it('stays as long as bytes keep coming', async () => {
    await using alone = await openRegistry();
    const session = await alone.client.openUpload('a');
    for (let day = 0; day < 3; day++) {
      alone.clock.advance(80_000);
      await alone.client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(10) });
      expect((await alone.collect()).uploads).toBe(0);
    }
    expect((await alone.client.send('GET', session)).headers.get('range')).toBe('0-29');
  });
});
