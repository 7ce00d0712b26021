import {
  contentOf,
  descriptorOf,
  documentOf,
  imageOf,
  indexOf,
  randomBlob,
  type Algorithm,
  type Content,
  type DescriptorOfContent,
  type Image,
} from '../support/image.ts';

const EXAMPLE = 'application/vnd.example.conformance';
const EMPTY_JSON = contentOf('application/vnd.oci.empty.v1+json', new TextEncoder().encode('{}'));
const NONDISTRIBUTABLE = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';

/** A referrer as the list must show it. */
export interface Referrer extends DescriptorOfContent {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A kind of image that a registry has to keep, with all that belongs to it. */
export interface DataSet {
  readonly name: string;
  readonly blobs: readonly Content[];
  /** In the order they can be pushed. */
  readonly manifests: readonly Content[];
  readonly tags: ReadonlyMap<string, Content>;
  /** By the digest of their subject. */
  readonly referrers?: ReadonlyMap<string, readonly Referrer[]>;
  /** How tags are given: each by a PUT of its own, or all as parameters of the PUT by digest. */
  readonly tagging?: 'put' | 'parameter';
}

/** Every kind of data of the development suite, and its names for them. */
export function dataSets(): DataSet[] {
  return [
    whole('image', image()),
    whole('image with a large manifest', image({ annotations: largeAnnotations() })),
    ofIndex('index', []),
    nestedIndex(),
    { name: 'empty index', blobs: [], ...tagged('empty-index', indexOf([])) },
    whole('artifact', artifact()),
    ofIndex('index of artifacts', [], () => artifact()),
    whole('artifact without layers', artifact({ layers: [descriptorOf(EMPTY_JSON)] }, [])),
    subjects(),
    indexSubject(),
    missingSubject(),
    whole('data in a descriptor', withData()),
    whole('non-distributable layers', nonDistributable()),
    whole('fields nobody knows', image({ 'org.example.unknown': { deep: ['value', 1, null] } })),
    whole('no layers', imageOf([])),
    sparse(),
    { ...ofIndex('sha512', [], image, 'sha512'), tags: new Map() },
    { ...ofIndex('tag parameters', ['tp-a', 'tp-b']), tagging: 'parameter' },
    { ...ofIndex('tag parameters, sha512', ['tp5-a', 'tp5-b'], image, 'sha512'), tagging: 'parameter' },
  ];
}

function whole(name: string, { manifest, blobs }: Image): DataSet {
  return { name, blobs, ...tagged(tagFor(name), manifest) };
}

function tagged(tag: string, ...manifests: Content[]): Pick<DataSet, 'manifests' | 'tags'> {
  const last = manifests.at(-1);
  return { manifests, tags: new Map(last === undefined ? [] : [[tag, last]]) };
}

function tagFor(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/g, '-');
}

function image(fields: object = {}, algorithm: Algorithm = 'sha256'): Image {
  return imageOf([randomBlob(1024, algorithm), randomBlob(333, algorithm)], fields, algorithm);
}

function artifact(fields: object = {}, layers: readonly Content[] = [randomBlob(700)]): Image {
  const made = imageOf(layers, { config: descriptorOf(EMPTY_JSON), artifactType: `${EXAMPLE}.one`, ...fields });
  return { manifest: made.manifest, blobs: [EMPTY_JSON, ...layers] };
}

/** @param tags default: one, after the name. */
function ofIndex(
  name: string,
  tags: readonly string[],
  make: (fields?: object, algorithm?: Algorithm) => Image = image,
  algorithm: Algorithm = 'sha256',
): DataSet {
  const children = [make({}, algorithm), make({}, algorithm)];
  const index = indexOf(
    children.map(({ manifest }) => manifest),
    {},
    algorithm,
  );
  const names = tags.length === 0 ? [tagFor(name)] : tags;
  return {
    name,
    blobs: children.flatMap(({ blobs }) => blobs),
    manifests: [...children.map(({ manifest }) => manifest), index],
    tags: new Map(names.map((tag) => [tag, index])),
  };
}

function nestedIndex(): DataSet {
  const inner = [ofIndex('inner', []), ofIndex('inner', [])];
  const manifests = inner.flatMap((set) => set.manifests);
  const outer = indexOf(inner.flatMap((set) => set.manifests.slice(-1)));
  return {
    name: 'index of indexes',
    blobs: inner.flatMap(({ blobs }) => blobs),
    ...tagged('index-of-index', ...manifests, outer),
  };
}

function largeAnnotations(): Record<string, string> {
  // Together 3.9 MB: below the 4 MiB that a client may count on.
  return Object.fromEntries(Array.from({ length: 390 }, (_, number) => [`large-${number}`, 'A'.repeat(10_000)]));
}

function subjects(): DataSet {
  const subject = image();
  const annotations = { 'org.opencontainers.conformance': 'hello' };
  const plain = image({ subject: descriptorOf(subject.manifest) });
  const typed = ['one', 'two'].map((kind) =>
    artifact({ artifactType: `${EXAMPLE}.${kind}`, annotations, subject: descriptorOf(subject.manifest) }),
  );
  const referrers = [
    // Without an artifactType it is the type of the config.
    { ...descriptorOf(plain.manifest), artifactType: 'application/vnd.oci.image.config.v1+json' },
    ...typed.map(({ manifest }, place) => ({
      ...descriptorOf(manifest),
      artifactType: `${EXAMPLE}.${place === 0 ? 'one' : 'two'}`,
      annotations,
    })),
  ];
  const all = [subject, plain, ...typed];
  return {
    name: 'artifacts with a subject',
    blobs: all.flatMap(({ blobs }) => blobs),
    manifests: all.map(({ manifest }) => manifest),
    tags: new Map([
      ['subject', subject.manifest],
      ...typed.map(({ manifest }, place) => [`tagged-artifact-${place}`, manifest] as const),
    ]),
    referrers: new Map([[subject.manifest.digest, referrers]]),
  };
}

function indexSubject(): DataSet {
  const subject = ofIndex('index with a subject', []);
  const index = subject.manifests.at(-1);
  if (index === undefined) throw new Error('an index without manifests');
  const child = image();
  const referrer = indexOf([child.manifest], { artifactType: `${EXAMPLE}.one`, subject: descriptorOf(index) });
  return {
    ...subject,
    blobs: [...subject.blobs, ...child.blobs],
    manifests: [...subject.manifests, child.manifest, referrer],
    tags: new Map([...subject.tags, ['index-referrer', referrer]]),
    referrers: new Map([[index.digest, [{ ...descriptorOf(referrer), artifactType: `${EXAMPLE}.one` }]]]),
  };
}

function missingSubject(): DataSet {
  const subject = descriptorOf(image().manifest);
  const referrer = artifact({ subject });
  return {
    ...whole('missing subject', referrer),
    referrers: new Map([[subject.digest, [{ ...descriptorOf(referrer.manifest), artifactType: `${EXAMPLE}.one` }]]]),
  };
}

function withData(): Image {
  const layer = randomBlob(100);
  const config = documentOf('application/vnd.oci.image.config.v1+json', { os: 'linux', architecture: 'amd64' });
  const inline = (content: Content): object => ({
    ...descriptorOf(content),
    data: Buffer.from(content.bytes).toString('base64'),
  });
  const { manifest } = imageOf([], { config: inline(config), layers: [inline(layer)] });
  return { manifest, blobs: [config, layer] };
}

/** Layers that their maker only lets others fetch from a server of its own: the registry never has them. */
function nonDistributable(): Image {
  const layer = randomBlob(400);
  const elsewhere = { ...descriptorOf(randomBlob(400)), mediaType: NONDISTRIBUTABLE };
  const foreign = { ...elsewhere, urls: ['https://store.example.com/layer'] };
  const made = imageOf([layer]);
  const { manifest } = imageOf([layer], { layers: [foreign, descriptorOf(layer)] });
  return { manifest, blobs: made.blobs };
}

/** An index with a platform that was never pushed. */
function sparse(): DataSet {
  const here = image();
  const elsewhere = image();
  const index = indexOf([here.manifest, elsewhere.manifest]);
  return { name: 'sparse index', blobs: here.blobs, ...tagged('sparse-index', here.manifest, index) };
}
