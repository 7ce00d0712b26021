import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob, type Content } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

async function prepared(): Promise<{ repository: string; manifest: Content }> {
  const repository = newRepository();
  const image = imageOf([randomBlob(10)]);
  for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
  return { repository, manifest: image.manifest };
}

function put(repository: string, reference: string, tags: readonly string[], manifest: Content): Promise<Response> {
  const query = new URLSearchParams(tags.map((tag): [string, string] => ['tag', tag]));
  const headers = { 'content-type': manifest.mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${reference}?${query}`, {
    headers,
    body: manifest.bytes,
  });
}

/** The tags that a reply says it made, in whatever way it lists them. */
function madeTags(reply: Response): readonly string[] {
  return (reply.headers.get('oci-tag') ?? '').split(/\s*,\s*/).filter((tag) => tag !== '');
}

describe('main: ?tag= with a push by digest (end-7b, rule 8)', () => {
  for (const count of [1, 2, 10, 100]) {
    it(`main: makes them all, and says so: ${count}`, async () => {
      const { repository, manifest } = await prepared();
      const tags = Array.from({ length: count }, (_, index) => `v${String(index).padStart(3, '0')}`);
      const reply = await put(repository, manifest.digest, tags, manifest);
      expect(reply.status).toBe(201);
      expect(madeTags(reply)).toEqual(tags);
      expect(await registry().client.tags(repository)).toEqual(tags);
      expect(await registry().client.pullManifest(repository, tags.at(-1) ?? '')).toEqual(manifest.bytes);
    });
  }

  it('main: moves tags that are there', async () => {
    const { repository, manifest } = await prepared();
    await put(repository, manifest.digest, ['v1'], manifest);
    const next = imageOf([randomBlob(10)]);
    for (const blob of next.blobs) await registry().client.pushBlob(repository, blob);
    await put(repository, next.manifest.digest, ['v1', 'v2'], next.manifest);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(next.manifest.bytes);
  });

  it('main: is 414 where they are too many, and makes none', async () => {
    const { repository, manifest } = await prepared();
    const tags = Array.from({ length: 101 }, (_, index) => `v${index}`);
    const reply = await put(repository, manifest.digest, tags, manifest);
    expect(await errorReply(reply)).toMatchObject({ status: 414, code: 'UNSUPPORTED' });
    expect(await registry().client.tags(repository)).toEqual([]);
  });

  it('main: is 400 TAG_INVALID where one is not a tag, and makes none', async () => {
    const { repository, manifest } = await prepared();
    const reply = await put(repository, manifest.digest, ['v1', '.v2'], manifest);
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'TAG_INVALID' });
    expect(await registry().client.tags(repository)).toEqual([]);
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/${manifest.digest}`)).status).toBe(404);
  });

  it('main: makes none where the manifest is refused', async () => {
    const { repository, manifest } = await prepared();
    const bytes = new TextEncoder().encode('{}');
    expect((await put(repository, manifest.digest, ['v1'], { ...manifest, bytes })).status).toBe(400);
    expect(await registry().client.tags(repository)).toEqual([]);
  });

  it('main: is ignored with a push by tag, which says no OCI-Tag', async () => {
    const { repository, manifest } = await prepared();
    const reply = await put(repository, 'v1', ['v2'], manifest);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('oci-tag')).toBeNull();
    expect(await registry().client.tags(repository)).toEqual(['v1']);
  });

  it('main: says no OCI-Tag where none was asked for', async () => {
    const { repository, manifest } = await prepared();
    expect((await put(repository, manifest.digest, [], manifest)).headers.get('oci-tag')).toBeNull();
  });
});
