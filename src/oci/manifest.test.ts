import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { digestOf } from './digest.ts';
import { ManifestInvalidError } from './errors.ts';
import { parseManifest, requiredBlobs } from './manifest.ts';
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from './media-types.ts';

const blob = (content: string, mediaType: string): { mediaType: string; digest: string; size: number } => ({
  mediaType,
  digest: digestOf(Buffer.from(content)),
  size: content.length,
});
const config = blob('config', OCI_CONFIG);
const layers = [blob('one', OCI_LAYER_GZIP), blob('two', 'application/vnd.wasm.content.layer.v1+wasm')];
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [blob('child', OCI_MANIFEST)] };
const subject = blob('subject', OCI_MANIFEST);

const bytesOf = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document), 'utf8');
const parse = (document: unknown, contentType?: string): unknown => parseManifest(bytesOf(document), contentType);

describe('parseManifest', () => {
  it('reads an image', () => {
    expect(parse(image, OCI_MANIFEST)).toEqual({
      mediaType: OCI_MANIFEST,
      kind: 'image',
      config,
      layers,
      manifests: [],
      artifactType: OCI_CONFIG,
    });
  });

  it('reads an index', () => {
    const { manifests } = index;
    expect(parse(index, OCI_INDEX)).toEqual({ mediaType: OCI_INDEX, kind: 'index', layers: [], manifests });
  });

  const types = [
    ['the header alone', { ...image, mediaType: undefined }, OCI_MANIFEST, OCI_MANIFEST],
    ['the document alone', image, undefined, OCI_MANIFEST],
    ['an empty header', image, '', OCI_MANIFEST],
    ['a header with parameters', image, `${OCI_MANIFEST}; charset=utf-8`, OCI_MANIFEST],
    ['a header in upper case', image, OCI_MANIFEST.toUpperCase(), OCI_MANIFEST],
    ['Docker', { ...image, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST, DOCKER_MANIFEST],
    ['a Docker list', { ...index, mediaType: DOCKER_MANIFEST_LIST }, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST_LIST],
    ['an index by header alone', { ...index, mediaType: null }, OCI_INDEX, OCI_INDEX],
  ] as const;
  for (const [name, document, contentType, mediaType] of types) {
    it(`knows the type from ${name}`, () => {
      expect(parseManifest(bytesOf(document), contentType).mediaType).toBe(mediaType);
    });
  }

  const taken = [
    ['an image without layers', { ...image, layers: [] }],
    ['an image whose layers are null', { ...image, layers: null }],
    ['the same layer twice', { ...image, layers: [layers[0], layers[0]] }],
    ['a layer of 0 bytes', { ...image, layers: [blob('', OCI_LAYER_GZIP)] }],
    ['an empty index', { ...index, manifests: [] }],
    ['an index whose manifests are null', { ...index, manifests: null }],
    ['an index of indexes', { ...index, manifests: [blob('nested', OCI_INDEX)] }],
    ['an index of blobs, as buildkit caches', { ...index, manifests: [layers[0], config] }],
    ['unknown fields', { ...image, custom: { layers: [] }, history: [] }],
    ['null for absent', { ...image, manifests: null, subject: null, annotations: null, artifactType: null }],
    ['annotations that differ by case', { ...image, annotations: { a: '1', A: '2', Layers: '3' } }],
    ['an annotation named __proto__', { ...image, annotations: JSON.parse('{"__proto__":"x"}') }],
  ] as const;
  for (const [name, document] of taken) it(`takes ${name}`, () => expect(() => parse(document)).not.toThrow());

  const refused = [
    ['a list', [], OCI_MANIFEST],
    ['null', null, OCI_MANIFEST],
    ['an empty object', {}, OCI_MANIFEST],
    ['no type anywhere', { ...image, mediaType: undefined }, undefined],
    ['another type than its header', image, OCI_INDEX],
    ['another type than its header, both images', image, DOCKER_MANIFEST],
    ['a type that is a list', { ...image, mediaType: [OCI_MANIFEST] }, OCI_MANIFEST],
    ['a type that is no manifest', { ...image, mediaType: 'application/json' }, 'application/json'],
    ['a form', image, 'application/x-www-form-urlencoded'],
    ['no schema version', { ...image, schemaVersion: undefined }, OCI_MANIFEST],
    ['another schema version', { ...image, schemaVersion: 3 }, OCI_MANIFEST],
    ['a schema version that is a text', { ...image, schemaVersion: '2' }, OCI_MANIFEST],
    ['an image without config', { ...image, config: undefined }, OCI_MANIFEST],
    ['an image with manifests', { ...image, manifests: index.manifests }, OCI_MANIFEST],
    ['an image with empty manifests', { ...image, manifests: [] }, OCI_MANIFEST],
    ['an index with layers', { ...index, layers }, OCI_INDEX],
    ['an index with empty layers', { ...index, layers: [] }, OCI_INDEX],
    ['an index with config', { ...index, config }, OCI_INDEX],
    ['an index without manifests', { ...index, manifests: undefined }, OCI_INDEX],
    ['an image that says it is an index', { ...image, mediaType: undefined }, OCI_INDEX],
    ['an index that says it is an image', { ...index, mediaType: undefined }, OCI_MANIFEST],
    ['schema 1 fields', { ...image, fsLayers: [] }, OCI_MANIFEST],
    ['layers that are an object', { ...image, layers: { 0: layers[0], length: 1 } }, OCI_MANIFEST],
    ['a layer that is null', { ...image, layers: [null] }, OCI_MANIFEST],
    ['a subject that is a text', { ...image, subject: subject.digest }, OCI_MANIFEST],
    ['an artifact type that is a list', { ...image, artifactType: [] }, OCI_MANIFEST],
    ['an artifact type with NUL', { ...image, artifactType: 'a\0' }, OCI_MANIFEST],
    ['Layers beside layers', { ...image, Layers: [] }, OCI_MANIFEST],
    ['MANIFESTS in an image', { ...image, MANIFESTS: [] }, OCI_MANIFEST],
    ['layers written with the long s', { ...index, layerſ: [] }, OCI_INDEX],
    ['too many layers', { ...image, layers: Array.from({ length: 10_001 }, () => config) }, OCI_MANIFEST],
    ['too many manifests', { ...index, manifests: Array.from({ length: 1_001 }, () => config) }, OCI_INDEX],
  ] as const;
  for (const [name, document, contentType] of refused) {
    it(`refuses ${name}`, () => expect(() => parse(document, contentType)).toThrow(ManifestInvalidError));
  }

  it('refuses a field given twice', () => {
    const twice = JSON.stringify(image).replace('"layers":', '"layers":[],"layers":');
    expect(() => parseManifest(Buffer.from(twice), OCI_MANIFEST)).toThrow(ManifestInvalidError);
  });

  it('says that schema 1 is not supported', () => {
    const message = 'schema1 unsupported';
    expect(() => parse({ schemaVersion: 1, fsLayers: [] })).toThrow(message);
    expect(() => parse({ schemaVersion: 1, fsLayers: [] }, DOCKER_SCHEMA1_SIGNED)).toThrow(message);
    expect(() => parse(image, DOCKER_SCHEMA1)).toThrow(message);
  });

  it('takes limits of its caller', () => {
    const limits = { manifests: 0, layers: 1 };
    expect(() => parseManifest(bytesOf(image), undefined, limits)).toThrow('more than 1 entries');
    expect(() => parseManifest(bytesOf(index), undefined, limits)).toThrow('more than 0 entries');
  });

  it('takes nearly 4 MiB of annotations', () => {
    const annotations = Object.fromEntries(Array.from({ length: 390 }, (_, at) => [`large-${at}`, 'A'.repeat(10_000)]));
    expect(parseManifest(bytesOf({ ...image, annotations }), OCI_MANIFEST).annotations).toEqual(annotations);
  });
});

describe('the artifact type, as referrers list it', () => {
  const cases = [
    ['of an image is its own', { ...image, artifactType: 'a/b' }, 'a/b'],
    ['of an image without one is that of its config', { ...image, config: blob('{}', OCI_EMPTY) }, OCI_EMPTY],
    ['of an image with an empty one is that of its config', { ...image, artifactType: '' }, OCI_CONFIG],
    ['of an index is its own', { ...index, artifactType: 'a/b' }, 'a/b'],
    ['of an index without one is absent', index, undefined],
  ] as const;
  for (const [name, document, expected] of cases) {
    it(name, () =>
      expect<unknown>(parseManifest(bytesOf({ ...document, subject }), undefined).artifactType).toBe(expected),
    );
  }
});

describe('requiredBlobs', () => {
  const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  const blobsOf = (document: unknown): readonly string[] => requiredBlobs(parseManifest(bytesOf(document), undefined));

  it('are the config and the layers, once each', () => {
    const [one, two] = layers;
    expect(blobsOf({ ...image, layers: [one, two, one] })).toEqual([config, ...layers].map(({ digest }) => digest));
  });

  it('are not those that clients fetch from elsewhere', () => {
    const away = { ...blob('away', foreign), urls: ['https://elsewhere.example/layer'] };
    expect(blobsOf({ ...image, layers: [away] })).toEqual([config.digest]);
  });

  it('are those that nobody says where to fetch', () => {
    const lost = blob('lost', foreign);
    expect(blobsOf({ ...image, layers: [lost] })).toEqual([config.digest, lost.digest]);
    expect(blobsOf({ ...image, layers: [{ ...lost, urls: [] }] })).toEqual([config.digest, lost.digest]);
  });

  it('are those of ordinary types, whatever URLs they have', () => {
    const ordinary = { ...blob('ordinary', OCI_LAYER_GZIP), urls: ['https://elsewhere.example/layer'] };
    expect(blobsOf({ ...image, layers: [ordinary] })).toEqual([config.digest, ordinary.digest]);
  });

  it('are none for an index, nor for a subject', () => {
    expect(blobsOf({ ...index, subject })).toEqual([]);
  });
});

describe('parseManifest, of anything', () => {
  const outcome = (bytes: Uint8Array, contentType: string | undefined): void => {
    try {
      const manifest = parseManifest(bytes, contentType);
      expect(manifest.kind === 'image' ? manifest.manifests : manifest.layers).toEqual([]);
      expect(manifest.kind === 'image').toBe(manifest.config !== undefined);
    } catch (error) {
      expect(error).toBeInstanceOf(ManifestInvalidError);
    }
  };
  const contentTypes = fc.constantFrom(undefined, '', OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, 'application/json');

  it('reads or refuses any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), contentTypes, outcome));
  });

  it('reads or refuses any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), contentTypes, (value, contentType) => outcome(bytesOf(value), contentType)));
  });

  it('reads or refuses a manifest with any field replaced by anything', () => {
    const fields = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'subject',
      'annotations',
    );
    const inner = fc.constantFrom('mediaType', 'digest', 'size', 'urls', 'annotations', 'platform', '__proto__');
    fc.assert(
      fc.property(fields, inner, fc.jsonValue(), contentTypes, (field, deeper, value, contentType) => {
        outcome(bytesOf({ ...image, [field]: value }), contentType);
        outcome(bytesOf({ ...index, [field]: value }), contentType);
        outcome(bytesOf({ ...image, layers: [{ ...layers[0], [deeper]: value }] }), contentType);
      }),
      { numRuns: 300 },
    );
  });

  it('reads every manifest of the grammar, however it is written', () => {
    const descriptors = fc.record({
      mediaType: fc.stringMatching(/^[a-z]{1,9}\/[a-z0-9.+-]{1,30}$/),
      digest: fc.uint8Array({ maxLength: 4 }).map((content) => digestOf(content)),
      size: fc.nat(),
    });
    const annotations = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(descriptors, fc.array(descriptors), annotations, fc.nat(4), (settings, parts, notes, indent) => {
        const document = { ...image, config: settings, layers: parts, annotations: notes };
        const bytes = Buffer.from(JSON.stringify(document, undefined, indent));
        const read = parseManifest(bytes, OCI_MANIFEST);
        expect<unknown>(read.config).toEqual(settings);
        expect<unknown>(read.layers).toEqual(parts);
        expect(Object.entries(read.annotations ?? {})).toEqual(Object.entries(notes));
      }),
    );
  });
});
