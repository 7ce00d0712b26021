import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { randomBlob } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

describe('GET /v2/', () => {
  for (const path of ['/v2/', '/v2']) {
    it(`is {} for whoever is known, as ${path}`, async () => {
      const reply = await registry().client.send('GET', path);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('application/json');
      expect(await reply.text()).toBe('{}');
    });
  }

  it('answers HEAD with the same headers, the length included, and no body', async () => {
    const reply = await registry().client.send('HEAD', '/v2/');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-length')).toBe('2');
    expect(await reply.text()).toBe('');
  });

  for (const method of ['GET', 'HEAD']) {
    it(`asks who it is, of a ${method} without credentials`, async () => {
      const reply = await registry().anonymous.send(method, '/v2/');
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBe('Basic realm="Registry"');
      expect(reply.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    });
  }

  it('says UNAUTHORIZED in the body of a 401', async () => {
    const reply = await registry().anonymous.send('GET', '/v2/');
    expect(await errorReply(reply)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });
});

describe('every reply', () => {
  const requests = [
    ['200', 'GET', '/v2/'],
    ['202', 'POST', '/v2/team/app/blobs/uploads/'],
    ['400', 'GET', '/v2/UPPER/tags/list'],
    ['404', 'GET', '/v2/team/app/manifests/none'],
    ['404 of no endpoint', 'GET', '/v2/nothing'],
    ['405', 'DELETE', '/v2/'],
  ] as const;
  for (const [name, method, path] of requests) {
    it(`says that this is a registry: ${name}`, async () => {
      const reply = await registry().client.send(method, path);
      expect(reply.status).toBe(Number(name.slice(0, 3)));
      expect(reply.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    });
  }

  it('that is an error names the request as the log does, each by itself', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => registry().client.send('GET', '/v2/nothing')));
    const ids = replies.map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(/^[\w-]+$/);
    expect(new Set(ids).size).toBe(5);
  });
});

describe('a path that is no endpoint', () => {
  const paths = [
    '/v2/nothing',
    '/v2/team/app',
    '/v2/team/app/tags',
    '/v2/team/app/tags/list/more',
    '/v1/',
    '/',
    '/v2/_x',
  ];
  for (const path of paths) {
    it(`is 404 with an error document: ${path}`, async () => {
      const reply = await registry().client.send('GET', path);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'UNSUPPORTED' });
    });
  }
});

describe('a method that an endpoint does not have', () => {
  const digest = randomBlob(1).digest;
  const cases = [
    ['DELETE', '/v2/', 'GET, HEAD'],
    ['PUT', `/v2/a/blobs/${digest}`, 'GET, HEAD, DELETE'],
    ['POST', '/v2/a/manifests/v1', 'GET, HEAD, PUT, DELETE'],
    ['GET', '/v2/a/blobs/uploads/', 'POST'],
    ['POST', '/v2/a/tags/list', 'GET, HEAD'],
    ['DELETE', `/v2/a/referrers/${digest}`, 'GET, HEAD'],
    ['POST', '/v2/_catalog', 'GET, HEAD'],
  ] as const;
  for (const [method, path, allowed] of cases) {
    it(`is 405 and names those that it has: ${method} ${path.slice(0, 30)}`, async () => {
      const reply = await registry().client.send(method, path);
      expect(reply.headers.get('allow')).toBe(allowed);
      expect(await errorReply(reply)).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    });
  }
});

describe('the name of a repository', () => {
  const endpoints = ['manifests/v1', 'tags/list', 'blobs/uploads/', `blobs/${randomBlob(1).digest}`];
  const names = ['Upper', 'a..b', 'a___b', 'a._b', '-a', 'a-', 'a/', '_a', `a/${'b'.repeat(254)}`];
  for (const name of names) {
    it(`outside the grammar is 400 NAME_INVALID: ${name.slice(0, 20)}`, async () => {
      for (const endpoint of endpoints) {
        const method = endpoint.endsWith('uploads/') ? 'POST' : 'GET';
        const reply = await registry().client.send(method, `/v2/${name}/${endpoint}`);
        expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'NAME_INVALID' });
      }
    });
  }

  it('may have the words of the endpoints in it', async () => {
    const name = `${newRepository()}/blobs/uploads/manifests/tags/list`;
    const blob = randomBlob(10);
    await registry().client.pushBlob(name, blob);
    expect(await registry().client.pullBlob(name, blob.digest)).toEqual(blob.bytes);
  });

  it('may have 255 characters, and no more', async () => {
    const name = `${'a'.repeat(127)}/${'b'.repeat(127)}`;
    expect((await registry().client.send('POST', `/v2/${name}/blobs/uploads/`)).status).toBe(202);
    expect((await registry().client.send('POST', `/v2/${name}c/blobs/uploads/`)).status).toBe(400);
  });

  it('may come with its slashes encoded, as some libraries send them', async () => {
    const name = newRepository();
    const blob = randomBlob(10);
    await registry().client.pushBlob(name.replace('/', '%2F'), blob);
    expect(await registry().client.pullBlob(name, blob.digest)).toEqual(blob.bytes);
  });
});

describe('GET /v2/_oci/ext/discover', () => {
  it('lists no extensions, for anybody', async () => {
    const reply = await registry().anonymous.send('GET', '/v2/_oci/ext/discover');
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({ extensions: [] });
  });
});
