import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  digestOf,
  documentOf,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
  type Image,
} from '../../test/support/image.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

async function pushed(image: Image = imageOf([randomBlob(100)])): Promise<{ repository: string; manifest: Content }> {
  const repository = newRepository();
  await registry().client.pushImage(repository, image, 'v1');
  return { repository, manifest: image.manifest };
}

/** A manifest of another type that says nothing but what it must. */
function documentOfType(mediaType: string): Content {
  const { manifest } = imageOf([]);
  const image = JSON.parse(new TextDecoder().decode(manifest.bytes)) as object;
  return documentOf(
    mediaType,
    mediaType === DOCKER ? { ...image, mediaType } : { schemaVersion: 2, mediaType, manifests: [] },
  );
}

async function pushedOfType(mediaType: string): Promise<{ repository: string; manifest: Content }> {
  const repository = newRepository();
  await registry().client.pushImage(repository, imageOf([]));
  const manifest = documentOfType(mediaType);
  await registry().client.pushManifest(repository, manifest, 'v1');
  return { repository, manifest };
}

describe('GET of a manifest', () => {
  const kinds = [
    ['OCI image', () => pushed()],
    ['Docker image', () => pushedOfType(DOCKER)],
    ['OCI index', () => pushedOfType('application/vnd.oci.image.index.v1+json')],
    ['Docker manifest list', () => pushedOfType(DOCKER_LIST)],
  ] as const;
  for (const [name, push] of kinds) {
    it(`gives the exact bytes under the exact type, by tag and by digest: ${name}`, async () => {
      const { repository, manifest } = await push();
      for (const reference of ['v1', manifest.digest, 'v1', manifest.digest]) {
        const reply = await registry().client.send('GET', `/v2/${repository}/manifests/${reference}`);
        expect(reply.status).toBe(200);
        expect(Object.fromEntries(reply.headers)).toMatchObject({
          'content-type': manifest.mediaType,
          'content-length': String(manifest.bytes.byteLength),
          'docker-content-digest': manifest.digest,
          etag: `"${manifest.digest}"`,
        });
        expect(await reply.bytes()).toEqual(manifest.bytes);
      }
    });

    it(`is answered by HEAD with the same headers, from the database and from memory: ${name}`, async () => {
      const { repository, manifest } = await push();
      for (const _time of ['first', 'second', 'third']) {
        const reply = await registry().client.send('HEAD', `/v2/${repository}/manifests/v1`);
        expect(reply.status).toBe(200);
        expect(Object.fromEntries(reply.headers)).toMatchObject({
          'content-type': manifest.mediaType,
          'content-length': String(manifest.bytes.byteLength),
          'docker-content-digest': manifest.digest,
          etag: `"${manifest.digest}"`,
        });
        expect(await reply.text()).toBe('');
      }
    });
  }

  it('keeps every byte: spaces, order, unknown fields, escapes', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(repository, image);
    const text = new TextDecoder().decode(image.manifest.bytes);
    const odd = ` {\n\t"x.unknown": [1.0, 1e3, "\\u00e9é\\/"],${text.slice(1)}\r\n\n`;
    const bytes = new TextEncoder().encode(odd);
    const manifest = { ...image.manifest, bytes, digest: digestOf(bytes) };
    await registry().client.pushManifest(repository, manifest);
    expect(await registry().client.pullManifest(repository, manifest.digest)).toEqual(bytes);
  });

  it('is the same with caching off', async () => {
    await using alone = await openRegistry({ cacheBytes: 0 });
    const image = imageOf([randomBlob(10)]);
    await alone.client.pushImage('a', image, 'v1');
    for (const _time of ['first', 'second']) {
      expect(await alone.client.pullManifest('a', 'v1')).toEqual(image.manifest.bytes);
    }
  });

  it('is the same whatever else the query has, such as the ns of containerd', async () => {
    const { repository, manifest } = await pushed();
    for (const query of ['ns=docker.io', 'x=1&y', '&&', 'digest=sha256:0']) {
      const reply = await registry().client.send('GET', `/v2/${repository}/manifests/v1?${query}`);
      expect(await reply.bytes()).toEqual(manifest.bytes);
    }
  });

  it('knows tags that differ in case only', async () => {
    const repository = newRepository();
    const [upper, lower] = [imageOf([randomBlob(1)]), imageOf([randomBlob(1)])];
    await registry().client.pushImage(repository, upper, 'V1');
    await registry().client.pushImage(repository, lower, 'v1');
    expect(await registry().client.pullManifest(repository, 'V1')).toEqual(upper.manifest.bytes);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(lower.manifest.bytes);
  });

  it('by sha512 is found only where it was pushed by sha512', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(repository, image, 'v1');
    const digest = digestOf(image.manifest.bytes, 'sha512');
    const path = `/v2/${repository}/manifests/${digest}`;
    expect((await registry().client.send('GET', path)).status).toBe(404);
    await registry().client.pushManifest(repository, { ...image.manifest, digest });
    const reply = await registry().client.send('GET', path);
    expect(reply.headers.get('docker-content-digest')).toBe(digest);
    expect(await reply.bytes()).toEqual(image.manifest.bytes);
  });
});

describe('Accept', () => {
  const schema1 = 'application/vnd.docker.distribution.manifest.v1+json';
  const pretty = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const served = [
    ['nothing', undefined],
    ['everything', '*/*'],
    ['another type', DOCKER],
    ['a list with weights', `${schema1};q=0.1, ${DOCKER};q=0.9, */*;q=0.1`],
    ['JSON', 'application/json'],
    ['nonsense', 'x;;,,'],
  ] as const;
  for (const [name, accept] of served) {
    it(`does not change what was pushed: ${name}`, async () => {
      const { repository, manifest } = await pushed();
      const headers = accept === undefined ? {} : { accept };
      const reply = await registry().client.send('GET', `/v2/${repository}/manifests/v1`, { headers });
      expect(reply.headers.get('content-type')).toBe(manifest.mediaType);
      expect(await reply.bytes()).toEqual(manifest.bytes);
    });
  }

  for (const accept of [schema1, pretty, `${schema1}, ${pretty};q=0.5`]) {
    it(`is 404 for whoever can read nothing but schema 1: ${accept.slice(-30)}`, async () => {
      const { repository } = await pushed();
      for (const _time of ['first', 'second']) {
        const reply = await registry().client.send('GET', `/v2/${repository}/manifests/v1`, { headers: { accept } });
        expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
      }
    });
  }
});

describe('a manifest that is not there', () => {
  it('is 404 MANIFEST_UNKNOWN in a repository that is', async () => {
    const { repository } = await pushed();
    for (const reference of ['v2', randomBlob(1).digest, randomBlob(1, 'sha512').digest]) {
      const reply = await registry().client.send('GET', `/v2/${repository}/manifests/${reference}`);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
      expect((await registry().client.send('HEAD', `/v2/${repository}/manifests/${reference}`)).status).toBe(404);
    }
  });

  it('is 404 NAME_UNKNOWN in a repository that is not', async () => {
    const reply = await registry().client.send('GET', `/v2/${newRepository()}/manifests/v1`);
    expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });

  const impossible = ['.INVALID_MANIFEST_NAME', 'a'.repeat(129), 'v1+x', 'sha256:baddigeststring', 'a%2Fb', 'a b'];
  for (const reference of impossible) {
    it(`is 404 where it cannot be: ${reference.slice(0, 30)}`, async () => {
      const { repository } = await pushed();
      const reply = await registry().client.send('GET', `/v2/${repository}/manifests/${reference}`);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    });
  }

  it('is 404 where only another repository has it', async () => {
    const { manifest } = await pushed();
    const { repository } = await pushed();
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/${manifest.digest}`)).status).toBe(404);
  });

  it('is not found under the digest of a blob, nor the other way round', async () => {
    const image = imageOf([randomBlob(10)]);
    const { repository } = await pushed(image);
    const layer = image.blobs.at(-1)?.digest;
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/${layer}`)).status).toBe(404);
  });
});

describe('If-None-Match of a manifest', () => {
  for (const method of ['GET', 'HEAD']) {
    for (const form of [(digest: string) => `"${digest}"`, (digest: string) => digest, () => '*']) {
      it(`is 304 without body, from the database and from memory: ${method} ${form('digest')}`, async () => {
        const { repository, manifest } = await pushed();
        const headers = { 'if-none-match': form(manifest.digest) };
        for (const reference of ['v1', 'v1', manifest.digest]) {
          const reply = await registry().client.send(method, `/v2/${repository}/manifests/${reference}`, { headers });
          expect(reply.status).toBe(304);
          expect(reply.headers.get('etag')).toBe(`"${manifest.digest}"`);
          expect(await reply.text()).toBe('');
        }
      });
    }
  }

  it('is the manifest once the tag has moved', async () => {
    const { repository, manifest } = await pushed();
    const headers = { 'if-none-match': `"${manifest.digest}"` };
    const path = `/v2/${repository}/manifests/v1`;
    expect((await registry().client.send('GET', path, { headers })).status).toBe(304);
    const next = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, next, 'v1');
    const reply = await registry().client.send('GET', path, { headers });
    expect(reply.status).toBe(200);
    expect(await reply.bytes()).toEqual(next.manifest.bytes);
  });
});

describe('an index', () => {
  it('is given as it is, and its children by their own digests', async () => {
    const repository = newRepository();
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    for (const image of images) await registry().client.pushImage(repository, image);
    const index = indexOf(images.map(({ manifest }) => manifest));
    await registry().client.pushManifest(repository, index, 'v1');
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(index.bytes);
    for (const { manifest } of images) {
      expect(await registry().client.pullManifest(repository, manifest.digest)).toEqual(manifest.bytes);
    }
  });

  it('is never turned into one of its children, as old registries did for old clients', async () => {
    const repository = newRepository();
    const image = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, image);
    const index = indexOf([image.manifest]);
    await registry().client.pushManifest(repository, index, 'v1');
    const headers = { accept: image.manifest.mediaType };
    const reply = await registry().client.send('GET', `/v2/${repository}/manifests/v1`, { headers });
    expect(reply.headers.get('docker-content-digest')).toBe(index.digest);
  });
});
