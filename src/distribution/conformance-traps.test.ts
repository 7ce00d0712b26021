import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  contentOf,
  descriptorOf,
  digestOf,
  IMAGE_INDEX,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
} from '../../test/support/image.ts';
import { withDigest, type Sending } from '../../test/support/registry-client.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

/* What the official conformance suites ask that registries commonly miss, here in seconds and without Go. */
const registry = sharedRegistry();

function chunk({ bytes }: Content, first: number, end: number): Sending {
  return {
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${first}-${end - 1}` },
    body: bytes.subarray(first, end),
  };
}

async function rangeOf(address: string): Promise<string> {
  const reply = await registry().client.expect(204, 'GET', address);
  return reply.headers.get('range') ?? '';
}

function put(repository: string, manifest: Content, reference: string): Promise<Response> {
  const headers = { 'content-type': manifest.mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body: manifest.bytes });
}

describe('chunks out of order', () => {
  it('conformance: a first chunk from the middle is 416, and GET then is 204 with a Range of numbers', async () => {
    const session = await registry().client.openUpload(newRepository());
    expect((await registry().client.send('PATCH', session, chunk(randomBlob(200), 100, 200))).status).toBe(416);
    expect(await rangeOf(session)).toMatch(/^0-\d+$/);
  });

  it('conformance: a chunk again at the stale Location is 416, and GET there says where the session is', async () => {
    const stale = await registry().client.openUpload(newRepository());
    const blob = randomBlob(200);
    const patched = await registry().client.expect(202, 'PATCH', stale, chunk(blob, 0, 100));
    expect((await registry().client.send('PATCH', stale, chunk(blob, 0, 100))).status).toBe(416);
    expect(await rangeOf(stale)).toBe('0-99');
    await registry().client.expect(202, 'PATCH', patched.headers.get('location') ?? '', chunk(blob, 100, 200));
  });

  it('conformance: a PUT with a bad last chunk is 416, and GET with ?digest= still attached finds the session', async () => {
    const repository = newRepository();
    const session = await registry().client.openUpload(repository);
    const blob = randomBlob(300);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100));
    const address = withDigest(session, blob.digest);
    expect((await registry().client.send('PUT', address, chunk(blob, 200, 300))).status).toBe(416);
    expect(await rangeOf(address)).toBe('0-99');
    await registry().client.expect(201, 'PUT', address, chunk(blob, 100, 300));
    expect(await registry().client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
  });
});

describe('bad digests', () => {
  it('conformance: a wrong digest is exactly 400 on PUT and on POST', async () => {
    const repository = newRepository();
    const { digest } = randomBlob(10);
    const body = randomBlob(10).bytes;
    const session = await registry().client.openUpload(repository);
    expect((await registry().client.send('PUT', withDigest(session, digest), { body })).status).toBe(400);
    const post = withDigest(`/v2/${repository}/blobs/uploads/`, digest);
    expect((await registry().client.send('POST', post, { body })).status).toBe(400);
  });

  it('conformance: a manifest of other bytes than its digest is 400', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    const bytes = new TextEncoder().encode(`${new TextDecoder().decode(image.manifest.bytes)}   `);
    expect((await put(repository, { ...image.manifest, bytes }, image.manifest.digest)).status).toBe(400);
  });
});

describe('ranges of a blob of 2048 bytes', () => {
  const blob = randomBlob(2048);
  const cases = [
    ['500-1499', 206, 'bytes 500-1499/2048'],
    ['500-', 206, 'bytes 500-2047/2048'],
    ['-500', 206, 'bytes 1548-2047/2048'],
    ['2000-5000', 206, 'bytes 2000-2047/2048'],
    ['500-0', 416, 'bytes */2048'],
    ['5000-10000', 416, 'bytes */2048'],
  ] as const;
  for (const [range, status, contentRange] of cases) {
    it(`conformance: ${range} is ${status}`, async () => {
      const repository = newRepository();
      await registry().client.pushBlob(repository, blob);
      const headers = { range: `bytes=${range}` };
      const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${blob.digest}`, { headers });
      expect(reply.status).toBe(status);
      expect(reply.headers.get('content-range')).toBe(contentRange);
    });
  }
});

describe('data of every kind', () => {
  const text = new TextEncoder();
  const nowhere = {
    mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    digest: randomBlob(1).digest,
    size: 1,
    urls: ['https://example.com/x'],
  };
  const data = contentOf('application/vnd.example.data', text.encode('hello'));
  const manifests = [
    ['3.9 MB', imageOf([randomBlob(10)], { annotations: { x: 'y'.repeat(3_900_000) } })],
    ['no layers', imageOf([])],
    ['unknown fields', imageOf([], { 'org.example': { a: [1] }, newField: true })],
    ['a descriptor with data', imageOf([data], { layers: [{ ...descriptorOf(data), data: 'aGVsbG8=' }] })],
    ['missing nondistributable layers', imageOf([], { layers: [nowhere] })],
    ['an artifact', imageOf([randomBlob(10)], { artifactType: 'application/vnd.example+type' })],
    ['layers by sha512', imageOf([randomBlob(10, 'sha512')])],
  ] as const;
  for (const [name, image] of manifests) {
    for (const algorithm of ['sha256', 'sha512'] as const) {
      it(`conformance: is taken by digest and given as it was: ${name}, ${algorithm}`, async () => {
        const repository = newRepository();
        for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
        const digest = digestOf(image.manifest.bytes, algorithm);
        const pushed = await put(repository, image.manifest, digest);
        expect(pushed.status).toBe(201);
        expect(pushed.headers.get('docker-content-digest')).toBe(digest);
        for (const method of ['GET', 'HEAD']) {
          const reply = await registry().client.send(method, pushed.headers.get('location') ?? '');
          expect(reply.headers.get('content-type')).toBe(image.manifest.mediaType);
          expect(reply.headers.get('content-length')).toBe(String(image.manifest.bytes.byteLength));
          expect(reply.headers.get('docker-content-digest')).toBe(digest);
          expect(digestOf(await reply.bytes())).toBe(
            method === 'GET' ? image.manifest.digest : digestOf(new Uint8Array()),
          );
        }
      });
    }
  }

  it('conformance: an index of nothing, and one of indexes', async () => {
    const repository = newRepository();
    const inner = indexOf([]);
    const outer = indexOf([inner, inner]);
    for (const index of [inner, outer]) {
      expect((await put(repository, index, index.digest)).status).toBe(201);
      expect(await registry().client.pullManifest(repository, index.digest)).toEqual(index.bytes);
    }
  });

  it('conformance: a blob of no bytes, by both algorithms', async () => {
    const repository = newRepository();
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const empty = contentOf('application/octet-stream', new Uint8Array(), algorithm);
      await registry().client.pushBlob(repository, empty);
      expect(await registry().client.pullBlob(repository, empty.digest)).toEqual(new Uint8Array());
    }
  });
});

describe('mounts', () => {
  it('conformance: without from, of an unknown digest, is 202, and the PUT then works', async () => {
    const repository = newRepository();
    const blob = randomBlob(10);
    const reply = await registry().client.send('POST', `/v2/${repository}/blobs/uploads/?mount=${blob.digest}`);
    expect(reply.status).toBe(202);
    const session = reply.headers.get('location') ?? '';
    await registry().client.expect(201, 'PUT', withDigest(session, blob.digest), { body: blob.bytes });
  });

  it('conformance: without from, of a known digest, is 201', async () => {
    const blob = randomBlob(10);
    await registry().client.pushBlob(newRepository(), blob);
    const path = `/v2/${newRepository()}/blobs/uploads/?mount=${blob.digest}`;
    expect((await registry().client.send('POST', path)).status).toBe(201);
  });
});

describe('deletion', () => {
  it('conformance: tags, then manifests from the outside in, then blobs; each is 404 at once', async () => {
    const repository = newRepository();
    const { client } = registry();
    const image = imageOf([randomBlob(10)]);
    await client.pushImage(repository, image, 'image');
    const index = indexOf([image.manifest]);
    await client.pushManifest(repository, index, 'index');
    const paths = [
      'manifests/index',
      'manifests/image',
      `manifests/${index.digest}`,
      `manifests/${image.manifest.digest}`,
      ...image.blobs.map(({ digest }) => `blobs/${digest}`),
    ];
    for (const path of paths) {
      expect((await client.send('DELETE', `/v2/${repository}/${path}`)).status).toBe(202);
      expect((await client.send('HEAD', `/v2/${repository}/${path}`)).status).toBe(404);
    }
  });

  it('conformance, main: DELETE of an upload is 204', async () => {
    const session = await registry().client.openUpload(newRepository());
    expect((await registry().client.send('DELETE', session)).status).toBe(204);
  });
});

describe('lists', () => {
  it('conformance: tags/list with last alone, and with n=0', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    for (const tag of ['test0', 'test1', 'test2', 'test3']) await registry().client.pushImage(repository, image, tag);
    const list = async (query: string): Promise<unknown> =>
      (
        (await (await registry().client.send('GET', `/v2/${repository}/tags/list?${query}`)).json()) as {
          tags: unknown;
        }
      ).tags;
    expect(await list('last=test1')).toEqual(['test2', 'test3']);
    expect(await list('n=0')).toEqual([]);
  });

  it('conformance: referrers of an unknown repository are 200, with schemaVersion and mediaType', async () => {
    const reply = await registry().client.send('GET', `/v2/${newRepository()}/referrers/${randomBlob(1).digest}`);
    expect(await reply.json()).toEqual({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });
  });

  it('conformance: OCI-Filters-Applied is there exactly when the list is filtered', async () => {
    const repository = newRepository();
    const subject = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, subject);
    for (const artifactType of ['application/vnd.a', 'application/vnd.b']) {
      await registry().client.pushImage(
        repository,
        imageOf([], { subject: descriptorOf(subject.manifest), artifactType }),
      );
    }
    const path = `/v2/${repository}/referrers/${subject.manifest.digest}`;
    for (const [query, filters, count] of [
      ['', null, 2],
      ['?artifactType=application/vnd.a', 'artifactType', 1],
      ['?artifactType=application/vnd.c', 'artifactType', 0],
    ] as const) {
      const reply = await registry().client.send('GET', `${path}${query}`);
      expect(reply.headers.get('oci-filters-applied')).toBe(filters);
      expect(((await reply.json()) as { manifests: unknown[] }).manifests.length).toBe(count);
    }
  });

  it('conformance: the Location of every 201 can be pulled', async () => {
    const repository = newRepository();
    const image = imageOf([randomBlob(10)]);
    for (const blob of image.blobs) {
      const session = await registry().client.openUpload(repository);
      const reply = await registry().client.send('PUT', withDigest(session, blob.digest), { body: blob.bytes });
      expect((await registry().client.send('GET', reply.headers.get('location') ?? '')).status).toBe(200);
    }
    const reply = await put(repository, image.manifest, 'v1');
    expect((await registry().client.send('GET', reply.headers.get('location') ?? '')).status).toBe(200);
  });

  it('conformance: a name that can be no tag is 404 on GET, and 400 on PUT', async () => {
    const repository = newRepository();
    const image = imageOf([]);
    await registry().client.pushImage(repository, image);
    const path = `/v2/${repository}/manifests/.INVALID_MANIFEST_NAME`;
    expect((await registry().client.send('GET', path)).status).toBe(404);
    expect(await errorReply(await put(repository, image.manifest, '.INVALID_MANIFEST_NAME'))).toMatchObject({
      status: 400,
    });
  });
});
