import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'bun:test';
import { randomBlob } from '../support/image.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { sharedRegistry } from '../support/registry-under-test.ts';

/* Paths are written by hand: clients would tidy them up before they send them. */
const registry = sharedRegistry({ store: 'filesystem' });
const secret = randomBlob(64);
let outsider = '';

beforeAll(async () => {
  await registry().client.pushBlob('private/app', secret);
  await registry().client.pushBlob('public/app', randomBlob(64));
  outsider = await registry().robotAuthorization({ pattern: 'public/**', actions: ['pull', 'push', 'delete'] });
});

async function request(method: string, path: string, authorization = outsider) {
  using connection = await RawConnection.open(registry().url);
  connection.write(
    `${method} ${path} HTTP/1.1\r\nHost: havre\r\nAuthorization: ${authorization}\r\nContent-Length: 0\r\n\r\n`,
  );
  return await connection.reply(method);
}

const SECRET = `private/app/blobs/${secret.digest}`;

describe('a way around to the repository of others', () => {
  const paths = [
    `/v2/public/app/../../${SECRET}`,
    `/v2/public/app/%2e%2e/%2e%2e/${SECRET}`,
    `/v2/public/app/.%2e/%2E./${SECRET}`,
    `/v2/public/app/..%2f..%2f${SECRET}`,
    `/v2/public/app/..%2F..%2F${SECRET.replaceAll('/', '%2F')}`,
    `/v2/public/app/%252e%252e/%252e%252e/${SECRET}`,
    `/v2/public/app/..;/..;/${SECRET}`,
    `/v2/public/app/..\\..\\${SECRET}`,
    `/v2/public/app/%5c..%5c..%5c${SECRET}`,
    `/v2/public/app/%c0%ae%c0%ae/%c0%ae%c0%ae/${SECRET}`,
    `/v2/public%2f..%2f${SECRET}`,
    `/v2/public/../${SECRET}`,
    `/v2/./${SECRET}`,
    `/v2//${SECRET}`,
    `//v2/${SECRET}`,
    `/v2/public/app%00/../../${SECRET}`,
    `/v2/public/app%0d%0a/../../${SECRET}`,
    `/v2/public/app/blobs/../../../${SECRET}`,
    `/v2/public/app/blobs/uploads/../../../../${SECRET}`,
    `/v2/PRIVATE/app/blobs/${secret.digest}`,
    `/V2/${SECRET}`,
    `http://havre/v2/${SECRET}`,
    `http://public/v2/${SECRET}`,
    `/v2/${SECRET}?x=/v2/public/app/blobs/`,
    `/v2/${SECRET}#/v2/public/app`,
    `/v2/public/app/blobs/${secret.digest}/../../../../${SECRET}`,
  ];
  for (const path of paths) {
    it(`gives nothing: ${path.replaceAll(secret.digest, '<digest>')}`, async () => {
      const reply = await request('GET', path);
      expect(reply?.status).toBeOneOf([400, 403, 404]);
      expect(reply?.body).not.toContain(Buffer.from(secret.bytes).toString('latin1'));
      expect((await request('HEAD', path))?.status).toBeOneOf([400, 403, 404]);
    });
  }
});

describe('a name that would lead out of a folder', () => {
  const names = [
    '..',
    '../..',
    '.',
    'a/../b',
    'a/./b',
    '%2e%2e',
    '..%2f..',
    'a%00b',
    'a%2f%2fb',
    '~',
    '-',
    'a%20b',
    'con:',
  ];
  for (const name of names) {
    it(`is no repository: ${name}`, async () => {
      for (const [method, path] of [
        ['POST', `/v2/${name}/blobs/uploads/`],
        ['GET', `/v2/${name}/tags/list`],
        ['GET', `/v2/${name}/manifests/latest`],
      ] as const) {
        const reply = await request(method, path, registry().authorization);
        // Those that a path loses on the way (`..`, `.`) may name another repository, in which there is nothing.
        expect(reply?.status).toBeOneOf([202, 400, 404]);
        if (reply?.status === 202)
          expect(reply.headers.get('location')).toMatch(/^\/v2\/[a-z]+(\/[a-z]+)*\/blobs\/uploads\/[\w-]+$/);
      }
    });
  }
});

describe('a tag, digest or upload id that would lead out of a folder', () => {
  const parts = [
    '..%2f..%2fhavre.db',
    '%2e%2e%2f',
    '..',
    'sha256:..%2f..%2fx',
    '%2fetc%2fpasswd',
    'a%2fb',
    '%00',
    '..%5c..',
  ];
  for (const part of parts) {
    it(`is nothing: ${part}`, async () => {
      for (const [method, place] of [
        ['GET', 'manifests'],
        ['PUT', 'manifests'],
        ['DELETE', 'manifests'],
        ['GET', 'blobs'],
        ['DELETE', 'blobs'],
        ['GET', 'blobs/uploads'],
        ['PATCH', 'blobs/uploads'],
        ['DELETE', 'blobs/uploads'],
        ['GET', 'referrers'],
      ] as const) {
        const reply = await request(method, `/v2/public/app/${place}/${part}`, registry().authorization);
        expect(reply?.status).toBeOneOf([400, 404, 405]);
      }
    });
  }
});

describe('after all that', () => {
  it('the folder holds what it should, and nothing else', () => {
    expect(readdirSync(registry().folder).toSorted()).toEqual([
      'blobs',
      'havre.db',
      'havre.db-shm',
      'havre.db-wal',
      'uploads',
    ]);
    for (const upload of readdirSync(`${registry().folder}/uploads`)) expect(upload).toMatch(/^[0-9a-f-]{36}$/);
  });
});
