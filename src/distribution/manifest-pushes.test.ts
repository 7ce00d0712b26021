import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  contentOf,
  descriptorOf,
  digestOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_INDEX,
  IMAGE_LAYER,
  IMAGE_MANIFEST,
  imageOf,
  randomBlob,
  type Content,
} from '../../test/support/image.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const text = new TextEncoder();

function put(
  repository: string,
  reference: string,
  { bytes, mediaType }: { bytes: Uint8Array; mediaType?: string },
): Promise<Response> {
  const headers = mediaType === undefined ? {} : { 'content-type': mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body: bytes });
}

/** An image whose blobs are in a new repository, and that is not pushed itself. */
async function prepared(fields: object = {}, layers: readonly Content[] = [randomBlob(100)]) {
  const repository = newRepository();
  const image = imageOf(layers, fields);
  for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
  return { repository, manifest: image.manifest, config: image.blobs[0] };
}

async function expectRefused(reply: Response, code: string, status = 400): Promise<string> {
  const refusal = await errorReply(reply);
  expect(refusal).toMatchObject({ status, code });
  return refusal.message;
}

describe('PUT of a manifest by tag (rule 7)', () => {
  it('is 201 with its digest and where it is', async () => {
    const { repository, manifest } = await prepared();
    const reply = await put(repository, 'v1', manifest);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('docker-content-digest')).toBe(manifest.digest);
    expect(reply.headers.get('location')).toBe(`/v2/${repository}/manifests/${manifest.digest}`);
    expect(reply.headers.get('content-length')).toBe('0');
    expect(reply.headers.get('oci-subject')).toBeNull();
    const found = await registry().client.send('GET', reply.headers.get('location') ?? '');
    expect(await found.bytes()).toEqual(manifest.bytes);
  });

  it('is 201 again, and moves a tag that is there', async () => {
    const { repository, manifest } = await prepared();
    expect((await put(repository, 'v1', manifest)).status).toBe(201);
    expect((await put(repository, 'v1', manifest)).status).toBe(201);
    const other = { ...manifest, bytes: text.encode(`${new TextDecoder().decode(manifest.bytes)}\n`) };
    expect((await put(repository, 'v1', other)).status).toBe(201);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(other.bytes);
    expect(await registry().client.pullManifest(repository, manifest.digest)).toEqual(manifest.bytes);
  });

  for (const tag of ['.v1', '-v1', 'v1+x', 'a'.repeat(129), 'v 1', 'é']) {
    it(`is 400 TAG_INVALID for what is not a tag: ${tag.slice(0, 10)}`, async () => {
      const { repository, manifest } = await prepared();
      await expectRefused(await put(repository, encodeURIComponent(tag), manifest), 'TAG_INVALID');
    });
  }

  it('takes tags of 128 characters, of capitals and of underscores', async () => {
    const { repository, manifest } = await prepared();
    for (const tag of ['a'.repeat(128), 'V1.0_RC-1', '_x', '0']) {
      expect((await put(repository, tag, manifest)).status).toBe(201);
    }
  });
});

describe('PUT of a manifest by digest (rule 5)', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    it(`is 201 under the digest that the client gave: ${algorithm}`, async () => {
      const { repository, manifest } = await prepared();
      const digest = digestOf(manifest.bytes, algorithm);
      const reply = await put(repository, digest, manifest);
      expect(reply.status).toBe(201);
      expect(reply.headers.get('docker-content-digest')).toBe(digest);
      expect(reply.headers.get('location')).toBe(`/v2/${repository}/manifests/${digest}`);
      expect(await registry().client.pullManifest(repository, digest)).toEqual(manifest.bytes);
    });

    it(`is 400 DIGEST_INVALID where the bytes are others, by a space alone: ${algorithm}`, async () => {
      const { repository, manifest } = await prepared();
      const digest = digestOf(manifest.bytes, algorithm);
      const bytes = text.encode(`${new TextDecoder().decode(manifest.bytes)} `);
      await expectRefused(await put(repository, digest, { ...manifest, bytes }), 'DIGEST_INVALID');
      expect((await registry().client.send('GET', `/v2/${repository}/manifests/${digest}`)).status).toBe(404);
    });
  }

  it('is 400 DIGEST_INVALID for what is not a digest', async () => {
    const { repository, manifest } = await prepared();
    for (const digest of ['sha256:baddigeststring', `md5:${'0'.repeat(32)}`, manifest.digest.toUpperCase()]) {
      await expectRefused(await put(repository, digest, manifest), 'DIGEST_INVALID');
    }
  });

  it('makes no tag', async () => {
    const { repository, manifest } = await prepared();
    await put(repository, manifest.digest, manifest);
    expect(await registry().client.tags(repository)).toEqual([]);
  });
});

describe('the type of a manifest (rule 2)', () => {
  const taken = [
    ['the one in the document', (type: string) => type],
    ['with parameters', (type: string) => `${type}; charset=utf-8`],
    ['in another case', (type: string) => type.toUpperCase()],
  ] as const;
  for (const [name, contentType] of taken) {
    it(`is kept without parameters: ${name}`, async () => {
      const { repository, manifest } = await prepared();
      const reply = await put(repository, 'v1', { ...manifest, mediaType: contentType(manifest.mediaType) });
      expect(reply.status).toBe(201);
      const found = await registry().client.send('GET', `/v2/${repository}/manifests/v1`);
      expect(found.headers.get('content-type')).toBe(manifest.mediaType);
    });
  }

  it('is that of the document where the header is missing', async () => {
    const { repository, manifest } = await prepared();
    expect((await put(repository, 'v1', { bytes: manifest.bytes })).status).toBe(201);
    const found = await registry().client.send('GET', `/v2/${repository}/manifests/v1`);
    expect(found.headers.get('content-type')).toBe(IMAGE_MANIFEST);
  });

  it('is that of the header where the document has none', async () => {
    const { repository, manifest } = await prepared({ mediaType: undefined });
    expect((await put(repository, 'v1', manifest)).status).toBe(201);
    const found = await registry().client.send('GET', `/v2/${repository}/manifests/v1`);
    expect(found.headers.get('content-type')).toBe(IMAGE_MANIFEST);
  });

  const refused = [
    ['the two differ', {}, DOCKER],
    ['neither says anything', { mediaType: undefined }, undefined],
    ['it is none of the four (rule 3)', { mediaType: undefined }, 'application/json'],
    ['it is JSON of somebody else', { mediaType: 'application/vnd.example+json' }, 'application/vnd.example+json'],
    ['it is schema 1 (rule 10)', {}, 'application/vnd.docker.distribution.manifest.v1+json'],
    ['it is signed schema 1 (rule 10)', {}, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['the version is 1 (rule 10)', { schemaVersion: 1, mediaType: undefined }, undefined],
    ['the version is missing', { schemaVersion: undefined }, IMAGE_MANIFEST],
    ['the version is 3', { schemaVersion: 3 }, IMAGE_MANIFEST],
    ['the version is text', { schemaVersion: '2' }, IMAGE_MANIFEST],
  ] as const;
  for (const [name, fields, mediaType] of refused) {
    it(`is 400 MANIFEST_INVALID where ${name}`, async () => {
      const { repository, manifest } = await prepared(fields);
      const pushed = mediaType === undefined ? { bytes: manifest.bytes } : { bytes: manifest.bytes, mediaType };
      await expectRefused(await put(repository, 'v1', pushed), 'MANIFEST_INVALID');
      expect(await registry().client.tags(repository)).toEqual([]);
    });
  }

  it('says that schema 1 is not supported, where it is that (rule 10)', async () => {
    const { repository } = await prepared();
    const bytes = text.encode('{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"signatures":[]}');
    const mediaType = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    expect(await expectRefused(await put(repository, 'v1', { bytes, mediaType }), 'MANIFEST_INVALID')).toContain(
      'schema1',
    );
  });
});

describe('what is not a manifest', () => {
  const documents = [
    ['nothing', ''],
    ['not JSON', 'blablabla'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an object of nothing', '{}'],
    ['not UTF-8', '{"schemaVersion":2,"x":"\xff"}'],
    ['too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ] as const;
  for (const [name, document] of documents) {
    it(`is 400 MANIFEST_INVALID: ${name}`, async () => {
      const { repository } = await prepared();
      const bytes = Buffer.from(document, 'latin1');
      await expectRefused(await put(repository, 'v1', { bytes, mediaType: IMAGE_MANIFEST }), 'MANIFEST_INVALID');
    });
  }
});

describe('the size of a manifest (rule 4)', () => {
  function annotated(bytes: number): object {
    return { annotations: { filling: 'x'.repeat(bytes) } };
  }

  it('may be 3.9 MB', async () => {
    const { repository, manifest } = await prepared(annotated(3_900_000));
    expect((await put(repository, 'v1', manifest)).status).toBe(201);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(manifest.bytes);
  });

  it('above 4 MiB is 413 SIZE_INVALID, announced or not, and the connection goes on', async () => {
    const { repository, manifest } = await prepared(annotated(4 * 1024 * 1024));
    await expectRefused(await put(repository, 'v1', manifest), 'SIZE_INVALID', 413);
    const body = new Blob([manifest.bytes]).stream();
    const headers = { 'content-type': manifest.mediaType };
    const streamed = await registry().client.send('PUT', `/v2/${repository}/manifests/v1`, { headers, body });
    await expectRefused(streamed, 'SIZE_INVALID', 413);
    expect(await registry().client.tags(repository)).toEqual([]);
  });

  it('is bounded as configured', async () => {
    await using alone = await openRegistry({ manifestBytes: 1000 });
    const image = imageOf([]);
    await alone.client.pushImage('a', image);
    const large = imageOf([], annotated(1000)).manifest;
    const headers = { 'content-type': large.mediaType };
    const reply = await alone.client.send('PUT', '/v2/a/manifests/v1', { headers, body: large.bytes });
    expect(reply.status).toBe(413);
  });
});

describe('what a manifest names (rule 6)', () => {
  it('must be there: 400 MANIFEST_BLOB_UNKNOWN with an entry for each that is not', async () => {
    const repository = newRepository();
    const { manifest, blobs } = imageOf([randomBlob(1), randomBlob(2)]);
    const [config, first, second] = blobs;
    if (first === undefined) throw new Error('the image has layers');
    await registry().client.pushBlob(repository, first);
    const reply = await put(repository, 'v1', manifest);
    expect(reply.status).toBe(400);
    const { errors } = (await reply.json()) as { errors: { code: string; detail: string }[] };
    expect(errors.map(({ code }) => code)).toEqual(['MANIFEST_BLOB_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN']);
    expect(errors.map(({ detail }) => detail)).toEqual([config?.digest ?? '', second?.digest ?? '']);
  });

  it('must be there in this repository, wherever else it is', async () => {
    const { manifest } = await prepared();
    await expectRefused(await put(newRepository(), 'v1', manifest), 'MANIFEST_BLOB_UNKNOWN');
  });

  it('makes no repository where it is refused', async () => {
    const repository = newRepository();
    await put(repository, 'v1', imageOf([randomBlob(1)]).manifest);
    const reply = await registry().client.send('GET', `/v2/${repository}/tags/list`);
    expect(await errorReply(reply)).toMatchObject({ code: 'NAME_UNKNOWN' });
  });

  const foreign = [
    'application/vnd.oci.image.layer.nondistributable.v1.tar',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ];
  for (const mediaType of foreign) {
    it(`need not be there where it is elsewhere by right: ${mediaType.slice(16)}`, async () => {
      const layer = { ...descriptorOf(randomBlob(1)), mediaType, urls: ['https://example.com/layer'] };
      const { repository, manifest } = await prepared({ layers: [layer] });
      expect((await put(repository, 'v1', manifest)).status).toBe(201);
    });

    it(`must be there where nothing says where else it is: ${mediaType.slice(16)}`, async () => {
      const { repository, manifest } = await prepared({ layers: [{ ...descriptorOf(randomBlob(1)), mediaType }] });
      await expectRefused(await put(repository, 'v1', manifest), 'MANIFEST_BLOB_UNKNOWN');
    });
  }

  it('must be there where it only has urls', async () => {
    const layer = { ...descriptorOf(randomBlob(1)), urls: ['https://example.com/layer'] };
    const { repository, manifest } = await prepared({ layers: [layer] });
    await expectRefused(await put(repository, 'v1', manifest), 'MANIFEST_BLOB_UNKNOWN');
  });

  it('does not include its subject, which may come later', async () => {
    const subject = { mediaType: IMAGE_MANIFEST, digest: randomBlob(1).digest, size: 1 };
    const { repository, manifest } = await prepared({ subject });
    const reply = await put(repository, manifest.digest, manifest);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('oci-subject')).toBe(subject.digest);
  });
});

describe('any content (rule 3)', () => {
  const artifacts = [
    ['Helm', 'application/vnd.cncf.helm.config.v1+json', 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    ['WASM', 'application/vnd.wasm.config.v1+json', 'application/wasm'],
    ['cosign', IMAGE_CONFIG, 'application/vnd.dev.cosign.simplesigning.v1+json'],
    ['SBOM', 'application/vnd.oci.empty.v1+json', 'text/spdx+json'],
    ['a Docker plugin', 'application/vnd.docker.plugin.v1+json', 'application/vnd.docker.image.rootfs.diff.tar.gzip'],
  ] as const;
  for (const [name, configType, layerType] of artifacts) {
    it(`is taken under any type: ${name}`, async () => {
      const repository = newRepository();
      const config = contentOf(configType, text.encode('{}'));
      const layer = contentOf(layerType, randomBlob(10).bytes);
      for (const blob of [config, layer]) await registry().client.pushBlob(repository, blob);
      const document = {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        artifactType: 'application/vnd.example.thing',
        config: { ...descriptorOf(config), data: 'e30=' },
        layers: [descriptorOf(layer)],
        'example.unknown': { deep: [1, { er: null }] },
      };
      const manifest = documentOf(IMAGE_MANIFEST, document);
      expect((await put(repository, 'v1', manifest)).status).toBe(201);
      expect(await registry().client.pullManifest(repository, 'v1')).toEqual(manifest.bytes);
    });
  }

  const layers = [
    ['none', []],
    ['of no bytes', [contentOf(IMAGE_LAYER, new Uint8Array())]],
    ['the same twice', [contentOf(IMAGE_LAYER, text.encode('a')), contentOf(IMAGE_LAYER, text.encode('a'))]],
    ['by sha512', [randomBlob(10, 'sha512')]],
  ] as const;
  for (const [name, content] of layers) {
    it(`is taken with layers that are unusual: ${name}`, async () => {
      const { repository, manifest } = await prepared({}, content);
      expect((await put(repository, 'v1', manifest)).status).toBe(201);
    });
  }

  it('is taken with the config as its only layer', async () => {
    const { repository, config } = await prepared();
    if (config === undefined) throw new Error('an image has a config');
    const document = {
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: descriptorOf(config),
      layers: [descriptorOf(config)],
    };
    expect((await put(repository, 'v1', documentOf(IMAGE_MANIFEST, document))).status).toBe(201);
  });

  it('is an index that names layers, as build caches are', async () => {
    const repository = newRepository();
    const layer = randomBlob(10);
    const config = contentOf('application/vnd.buildkit.cacheconfig.v0', text.encode('{}'));
    for (const blob of [layer, config]) await registry().client.pushBlob(repository, blob);
    const document = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [layer, config].map(descriptorOf) };
    expect((await put(repository, 'cache', documentOf(IMAGE_INDEX, document))).status).toBe(201);
    expect((await registry().collect()).links).toBeGreaterThanOrEqual(0);
    expect(await registry().client.pullBlob(repository, layer.digest)).toEqual(layer.bytes);
  });
});
