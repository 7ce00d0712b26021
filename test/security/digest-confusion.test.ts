import { describe, expect, it } from 'bun:test';
import {
  descriptorOf,
  digestOf,
  documentOf,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
} from '../support/image.ts';
import { withDigest } from '../support/registry-client.ts';
import { newRepository, sharedRegistry } from '../support/registry-under-test.ts';

/* Bytes that two readers could take for two different things: what was signed or scanned must be what is pulled. */
const registry = sharedRegistry();

function put(repository: string, reference: string, bytes: Uint8Array, mediaType = IMAGE_MANIFEST): Promise<Response> {
  const headers = { 'content-type': mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body: bytes });
}

/** An image whose blobs are pushed, and the text of its manifest. */
async function prepared(): Promise<{ repository: string; text: string; manifest: Content }> {
  const repository = newRepository();
  const image = imageOf([randomBlob(10)]);
  for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
  return { repository, manifest: image.manifest, text: new TextDecoder().decode(image.manifest.bytes) };
}

describe('a manifest with a field that readers may see differently', () => {
  const { digest } = randomBlob(1);
  const descriptor = `{"mediaType":"a/b","digest":"${digest}","size":1}`;
  const additions = [
    ['an index and an image at once (CVE-2021-41190)', `"manifests":[${descriptor}]`],
    ['an empty list of manifests', '"manifests":[]'],
    ['layers twice', `"layers":[${descriptor}]`],
    ['config twice', `"config":${descriptor}`],
    ['mediaType twice', `"mediaType":"${IMAGE_INDEX}"`],
    ['schemaVersion twice', '"schemaVersion":2'],
    ['subject twice', `"subject":${descriptor},"subject":${descriptor}`],
    ['Layers, which readers in Go take for layers', `"Layers":[${descriptor}]`],
    ['LAYERS', `"LAYERS":[${descriptor}]`],
    ['layer\\u0073, which is layers', `"layer\\u0073":[${descriptor}]`],
    ['Config', `"Config":${descriptor}`],
    ['MediaType', `"MediaType":"${IMAGE_INDEX}"`],
    ['layerſ, which folds to layers', `"layerſ":[${descriptor}]`],
    ['layers of schema 1', '"fsLayers":[]'],
  ] as const;
  for (const [name, addition] of additions) {
    for (const place of ['before', 'after']) {
      it(`is refused: ${name}, ${place}`, async () => {
        const { repository, text } = await prepared();
        const confused = place === 'before' ? `{${addition},${text.slice(1)}` : `${text.slice(0, -1)},${addition}}`;
        const reply = await put(repository, 'v1', new TextEncoder().encode(confused));
        expect(reply.status).toBe(400);
        expect(await registry().client.tags(repository)).toEqual([]);
      });
    }
  }

  const edits = [
    ['a comment', (text: string) => `/* */${text}`],
    ['a second document', (text: string) => `${text}{}`],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['a trailing comma', (text: string) => `${text.slice(0, -1)},}`],
    ['single quotes', (text: string) => text.replaceAll('"', "'")],
    ['a size as text', (text: string) => text.replace(/"size":(\d+)/, '"size":"$1"')],
    ['a negative size', (text: string) => text.replace(/"size":\d+/, '"size":-1')],
    ['a size with a fraction', (text: string) => text.replace(/"size":\d+/, '"size":1.5')],
    ['a size beyond 2^53', (text: string) => text.replace(/"size":\d+/, '"size":9007199254740993')],
    ['a digest in capitals', (text: string) => text.replace(/sha256:[0-9a-f]{64}/, (found) => found.toUpperCase())],
    ['a digest of another algorithm', (text: string) => text.replace(/sha256:[0-9a-f]{64}/, `md5:${'0'.repeat(32)}`)],
    ['a digest with a path', (text: string) => text.replace(/sha256:[0-9a-f]{64}/, 'sha256:../../x')],
    ['layers that are no list', (text: string) => text.replace(/"layers":\[.*\]/, '"layers":{}')],
  ] as const;
  for (const [name, edit] of edits) {
    it(`is refused: ${name}`, async () => {
      const { repository, text } = await prepared();
      expect((await put(repository, 'v1', new TextEncoder().encode(edit(text)))).status).toBe(400);
    });
  }
});

describe('one set of bytes under two types', () => {
  it('is refused: an image pushed as an index, and the other way round', async () => {
    const { repository, manifest } = await prepared();
    expect((await put(repository, 'v1', manifest.bytes, IMAGE_INDEX)).status).toBe(400);
    expect((await put(repository, 'v1', indexOf([]).bytes, IMAGE_MANIFEST)).status).toBe(400);
  });

  it('is refused as one where it was taken as the other: bytes that say nothing of themselves', async () => {
    const repository = newRepository();
    const { bytes } = documentOf(IMAGE_INDEX, { schemaVersion: 2, manifests: [] });
    expect((await put(repository, digestOf(bytes), bytes, IMAGE_INDEX)).status).toBe(201);
    expect((await put(repository, digestOf(bytes), bytes, IMAGE_MANIFEST)).status).toBe(400);
    const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const again = await put(repository, digestOf(bytes), bytes, list);
    const pulled = await registry().client.send('GET', `/v2/${repository}/manifests/${digestOf(bytes)}`);
    // Whatever the answer is, what was pulled under a digest keeps its type.
    expect(again.status).toBeOneOf([201, 400]);
    expect(pulled.headers.get('content-type')).toBe(IMAGE_INDEX);
  });
});

describe('content under another name than its own', () => {
  it('is refused in every way of pushing a blob', async () => {
    const repository = newRepository();
    const { digest } = randomBlob(10);
    const { bytes } = randomBlob(10);
    const session = await registry().client.openUpload(repository);
    await registry().client.expect(202, 'PATCH', session, { body: bytes });
    const attempts = [
      ['PUT', withDigest(session, digest), {}],
      ['PUT', withDigest(await registry().client.openUpload(repository), digest), { body: bytes }],
      ['POST', withDigest(`/v2/${repository}/blobs/uploads/`, digest), { body: bytes }],
      ['PUT', `${session}?digest=${digestOf(bytes)}x`, {}],
      ['PUT', `${session}?digest=${digestOf(bytes).toUpperCase()}`, {}],
      ['PUT', `${session}?digest=${digest}&digest=${digestOf(bytes)}`, {}],
    ] as const;
    for (const [method, path, sending] of attempts) {
      expect((await registry().client.send(method, path, sending)).status).toBe(400);
    }
    expect((await registry().client.send('GET', `/v2/${repository}/blobs/${digest}`)).status).toBe(404);
  });

  it('is refused where a manifest is pushed by the digest of another', async () => {
    const { repository, manifest } = await prepared();
    const { digest } = indexOf([]);
    for (const wrong of [digest, digestOf(indexOf([]).bytes, 'sha512')]) {
      expect((await put(repository, wrong, manifest.bytes)).status).toBe(400);
      expect((await registry().client.send('GET', `/v2/${repository}/manifests/${wrong}`)).status).toBe(404);
    }
  });

  it('is refused where a blob is asked for as a manifest, or a manifest as a blob', async () => {
    const { repository, manifest } = await prepared();
    await registry().client.pushManifest(repository, manifest, 'v1');
    await registry().client.pushBlob(repository, { ...manifest, mediaType: 'application/octet-stream' });
    const asBlob = await registry().client.send('GET', `/v2/${repository}/blobs/${manifest.digest}`);
    // The same bytes were pushed as both: each is given as what it was pushed as.
    expect(asBlob.headers.get('content-type')).toBe('application/octet-stream');
    const asManifest = await registry().client.send('GET', `/v2/${repository}/manifests/${manifest.digest}`);
    expect(asManifest.headers.get('content-type')).toBe(IMAGE_MANIFEST);
    const blob = randomBlob(10);
    await registry().client.pushBlob(repository, blob);
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/${blob.digest}`)).status).toBe(404);
  });

  it('is never run in a browser: replies say what they are', async () => {
    const repository = newRepository();
    const html = new TextEncoder().encode('<script>alert(1)</script>');
    const blob = { mediaType: 'text/html', bytes: html, digest: digestOf(html) };
    await registry().client.pushBlob(repository, blob);
    const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${blob.digest}`);
    expect(reply.headers.get('content-type')).toBe('application/octet-stream');
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(reply.headers.get('content-disposition')).toBe('attachment');
  });
});

describe('a tag that looks like a digest', () => {
  it('is a tag, and is never taken for one', async () => {
    const { repository, manifest } = await prepared();
    await registry().client.pushManifest(repository, manifest);
    const lookalike = manifest.digest.replace(':', '-');
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/${lookalike}`)).status).toBe(404);
    const index = indexOf(
      [descriptorOf(manifest)].map(({ mediaType, digest }) => ({ ...manifest, mediaType, digest })),
    );
    await registry().client.pushManifest(repository, index, lookalike);
    expect(await registry().client.pullManifest(repository, manifest.digest)).toEqual(manifest.bytes);
    expect(await registry().client.pullManifest(repository, lookalike)).toEqual(index.bytes);
  });
});
