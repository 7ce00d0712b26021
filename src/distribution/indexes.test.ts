import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, indexOf, randomBlob, type Content } from '../../test/support/image.ts';
import type { RegistryClient } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

function put(client: RegistryClient, repository: string, manifest: Content, reference = manifest.digest) {
  const headers = { 'content-type': manifest.mediaType };
  return client.send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body: manifest.bytes });
}

async function pushedImages(client: RegistryClient, repository: string, count: number): Promise<readonly Content[]> {
  const images = Array.from({ length: count }, () => imageOf([randomBlob(10)]));
  for (const image of images) await client.pushImage(repository, image);
  return images.map(({ manifest }) => manifest);
}

/** Indexes of indexes of … of one image: `levels` of them, the outermost last. */
async function pushNested(client: RegistryClient, repository: string, levels: number): Promise<Response[]> {
  const replies: Response[] = [];
  let inner: Content | undefined = (await pushedImages(client, repository, 1))[0];
  for (let level = 0; level < levels && inner !== undefined; level++) {
    inner = indexOf([inner]);
    replies.push(await put(client, repository, inner));
  }
  return replies;
}

describe('PUT of an index', () => {
  it('is 201 with all children there', async () => {
    const repository = newRepository();
    const index = indexOf(await pushedImages(registry().client, repository, 3));
    const reply = await put(registry().client, repository, index, 'v1');
    expect(reply.status).toBe(201);
    expect(reply.headers.get('docker-content-digest')).toBe(index.digest);
  });

  it('is 201 with no children at all', async () => {
    const repository = newRepository();
    const index = indexOf([]);
    expect((await put(registry().client, repository, index, 'v1')).status).toBe(201);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(index.bytes);
  });

  it('is 201 with the same child twice', async () => {
    const repository = newRepository();
    const [image] = await pushedImages(registry().client, repository, 1);
    if (image === undefined) throw new Error('one image was asked for');
    expect((await put(registry().client, repository, indexOf([image, image]), 'v1')).status).toBe(201);
  });

  it('is 201 as a sparse one: some children are not there (rule 6)', async () => {
    const repository = newRepository();
    const present = await pushedImages(registry().client, repository, 1);
    const index = indexOf([...present, imageOf([randomBlob(1)]).manifest]);
    expect((await put(registry().client, repository, index, 'v1')).status).toBe(201);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(index.bytes);
  });

  it('is 201 with indexes in it', async () => {
    const replies = await pushNested(registry().client, newRepository(), 3);
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
  });

  it('is 201 with a subject, which it says', async () => {
    const repository = newRepository();
    const [image] = await pushedImages(registry().client, repository, 1);
    const index = indexOf([], { subject: { mediaType: image?.mediaType, digest: image?.digest, size: 1 } });
    const reply = await put(registry().client, repository, index);
    expect(reply.headers.get('oci-subject')).toBe(image?.digest ?? '');
  });
});

describe('an index where children must be there', () => {
  it('is 400 MANIFEST_BLOB_UNKNOWN with an entry for each that is not', async () => {
    await using strict = await openRegistry({ rules: { requireIndexChildren: true } });
    const present = await pushedImages(strict.client, 'a', 1);
    const absent = [imageOf([randomBlob(1)]).manifest, imageOf([randomBlob(1)]).manifest];
    const reply = await put(strict.client, 'a', indexOf([...present, ...absent]), 'v1');
    expect(reply.status).toBe(400);
    const { errors } = (await reply.json()) as { errors: { code: string; detail: string }[] };
    expect(errors.map(({ code }) => code)).toEqual(['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN']);
    expect(errors.map(({ detail }) => detail)).toEqual(absent.map(({ digest }) => digest));
    expect((await put(strict.client, 'a', indexOf(present), 'v1')).status).toBe(201);
  });
});

describe('the bounds of an index', () => {
  it('is nested as deep as configured, and no deeper', async () => {
    await using bounded = await openRegistry({ rules: { indexDepth: 3 } });
    const replies = await pushNested(bounded.client, 'a', 4);
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 400]);
    expect(await errorReply(replies[3] ?? new Response())).toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('has as many children as configured, and no more', async () => {
    await using bounded = await openRegistry({ rules: { indexManifests: 2 } });
    const images = await pushedImages(bounded.client, 'a', 3);
    expect((await put(bounded.client, 'a', indexOf(images.slice(1)))).status).toBe(201);
    const reply = await put(bounded.client, 'a', indexOf(images));
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
  });
});

describe('a document that is an image and an index at once (CVE-2021-41190)', () => {
  const image = imageOf([]).manifest;
  const shapes = [
    ['an image with manifests', image, { manifests: [] }],
    ['an index with layers', indexOf([]), { layers: [] }],
    ['an index with a config', indexOf([]), { config: { mediaType: 'a/b', digest: image.digest, size: 1 } }],
    ['an image with layers of schema 1', image, { fsLayers: [] }],
  ] as const;
  for (const [name, content, field] of shapes) {
    it(`is 400 MANIFEST_INVALID: ${name}`, async () => {
      const repository = newRepository();
      await registry().client.pushImage(repository, imageOf([]));
      const document = { ...JSON.parse(new TextDecoder().decode(content.bytes)), ...field } as object;
      const bytes = new TextEncoder().encode(JSON.stringify(document));
      const reply = await put(registry().client, repository, { ...content, bytes }, 'v1');
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
    });
  }
});
