import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import {
  contentOf,
  descriptorOf,
  documentOf,
  IMAGE_INDEX,
  IMAGE_LAYER,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
  type Image,
} from '../../test/support/image.ts';
import { openOddRegistry } from '../../test/support/odd-registry.ts';
import type { RegistryClient } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { loginIn, remoteRepository } from '../../test/support/remote.ts';
import type { RemoteRepository } from '../client/remote-repository.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { Copier, NothingToCopyError, type CopyOptions } from './copier.ts';
import { CopyProgress } from './progress.ts';
import { copyRepository, parseTagPattern } from './repository-copy.ts';

const stack = new AsyncDisposableStack();
let old: RegistryUnderTest;
let next: RegistryUnderTest;
beforeAll(async () => {
  old = stack.use(await openRegistry());
  next = stack.use(await openRegistry());
});
afterAll(() => stack.disposeAsync());

const tag = (text: string): Tag => text as Tag;

function repositoryOf({ url, authorization }: RegistryUnderTest, name: string): RemoteRepository {
  return remoteRepository(new URL(url).host, name, { as: loginIn(authorization) });
}

interface Copying extends Partial<CopyOptions> {
  readonly from: string;
  readonly to?: string;
}

function optionsOf({ from, to = from, ...options }: Copying): CopyOptions {
  return {
    source: repositoryOf(old, from),
    destination: repositoryOf(next, to),
    progress: new CopyProgress(),
    signal: new AbortController().signal,
    jobs: 4,
    withReferrers: true,
    stopsAtFailure: true,
    ...options,
  };
}

async function pushIndex(
  client: RegistryClient,
  name: string,
  index: Content,
  images: readonly Image[],
): Promise<void> {
  for (const image of images) await client.pushImage(name, image);
  await client.pushManifest(name, index, '1.0');
}

/** Two images under an index, with a signature of the index, one of an image, and one of that signature. */
async function pushSigned(name: string): Promise<{ index: Content; images: Image[]; signatures: Image[] }> {
  const images = [imageOf([randomBlob(1000)]), imageOf([randomBlob(2000), randomBlob(10)])];
  const index = indexOf(images.map(({ manifest }) => manifest));
  await pushIndex(old.client, name, index, images);
  const first = signatureOf(index);
  const signatures = [first, signatureOf(images[1]?.manifest ?? index), signatureOf(first.manifest)];
  for (const signature of signatures) await old.client.pushImage(name, signature);
  return { index, images, signatures };
}

function signatureOf(subject: Content): Image {
  return imageOf([randomBlob(100)], { subject: descriptorOf(subject), artifactType: 'application/vnd.test.signature' });
}

describe('an image is copied', () => {
  it('with all its platforms, and what refers to them, and to that', async () => {
    const name = newRepository();
    const { index, images, signatures } = await pushSigned(name);
    const options = optionsOf({ from: name });
    const copied = await new Copier(options).copyImage(tag('1.0'), tag('2.0'));
    expect(copied).toEqual({ tag: tag('2.0'), digest: index.digest as Digest, outcome: 'copied' });
    expect(await next.client.pullManifest(name, '2.0')).toEqual(index.bytes);
    for (const { manifest, blobs } of [...images, ...signatures]) {
      expect(await next.client.pullManifest(name, manifest.digest)).toEqual(manifest.bytes);
      for (const blob of blobs) expect(await next.client.pullBlob(name, blob.digest)).toEqual(blob.bytes);
    }
    const { digest } = index;
    expect(await repositoryOf(next, name).listReferrers(digest as Digest)).toHaveLength(1);
    expect(options.progress).toMatchObject({ referrers: 3, manifests: { copied: 6, present: 0 } });
    expect(options.progress.bytes.sent).toBe(options.progress.bytes.total);
  });

  it('with what refers to it in a circle: an index of an image that it says it is about', async () => {
    const name = newRepository();
    const image = imageOf([randomBlob(100)]);
    await old.client.pushImage(name, image, '1.0');
    const index = indexOf([image.manifest], { subject: descriptorOf(image.manifest) });
    await old.client.pushManifest(name, index);
    const copied = await new Copier(optionsOf({ from: name })).copyImage(tag('1.0'), tag('1.0'));
    expect(copied.outcome).toBe('copied');
    expect(await next.client.pullManifest(name, index.digest)).toEqual(index.bytes);
  });

  it('once: the same again sends nothing', async () => {
    const name = newRepository();
    await pushSigned(name);
    await new Copier(optionsOf({ from: name })).copyImage(tag('1.0'), tag('1.0'));
    const options = optionsOf({ from: name });
    expect(await new Copier(options).copyImage(tag('1.0'), tag('1.0'))).toMatchObject({ outcome: 'unchanged' });
    expect(options.progress).toMatchObject({ bytes: { sent: 0 }, manifests: { copied: 0 }, blobs: { copied: 0 } });
  });

  it('without what refers to it, if that is not wanted', async () => {
    const name = newRepository();
    const { index } = await pushSigned(name);
    await new Copier(optionsOf({ from: name, withReferrers: false })).copyImage(tag('1.0'), tag('1.0'));
    expect(await repositoryOf(next, name).listReferrers(index.digest as Digest)).toEqual([]);
  });

  it('with the tags that cosign made for it', async () => {
    const name = newRepository();
    const image = imageOf([randomBlob(10)]);
    await old.client.pushImage(name, image, '1.0');
    const signature = imageOf([randomBlob(20)]);
    const signed = `${image.manifest.digest.replace(':', '-')}.sig`;
    await old.client.pushImage(name, signature, signed);
    await new Copier(optionsOf({ from: name })).copyImage(tag('1.0'), tag('1.0'));
    expect(await next.client.pullManifest(name, signed)).toEqual(signature.manifest.bytes);
  });

  it('by its digest, with no tag at all', async () => {
    const name = newRepository();
    const image = imageOf([randomBlob(10)]);
    await old.client.pushImage(name, image);
    await new Copier(optionsOf({ from: name })).copyImage(image.manifest.digest as Digest, undefined);
    expect(await next.client.pullManifest(name, image.manifest.digest)).toEqual(image.manifest.bytes);
    expect(await next.client.tags(name)).toEqual([]);
  });

  it('inside one registry by mounting, without a byte', async () => {
    const [from, to] = [newRepository(), newRepository()];
    const image = imageOf([randomBlob(1000), randomBlob(2000)]);
    await old.client.pushImage(from, image, '1');
    const options = optionsOf({ from, destination: repositoryOf(old, to) });
    await new Copier(options).copyImage(tag('1'), tag('1'));
    expect(options.progress).toMatchObject({ bytes: { sent: 0, total: 0 }, blobs: { mounted: 3 } });
    expect(await old.client.pullManifest(to, '1')).toEqual(image.manifest.bytes);
  });

  it('with its nested indexes, and every digest only once', async () => {
    const name = newRepository();
    const image = imageOf([randomBlob(100)]);
    const inner = indexOf([image.manifest]);
    const outer = documentOf(IMAGE_INDEX, {
      schemaVersion: 2,
      mediaType: IMAGE_INDEX,
      manifests: [descriptorOf(inner), descriptorOf(image.manifest), descriptorOf(inner)],
    });
    await old.client.pushImage(name, image);
    await old.client.pushManifest(name, inner);
    await old.client.pushManifest(name, outer, '1.0');
    const options = optionsOf({ from: name });
    await new Copier(options).copyImage(tag('1.0'), tag('1.0'));
    expect(await next.client.pullManifest(name, inner.digest)).toEqual(inner.bytes);
    expect(options.progress).toMatchObject({ manifests: { copied: 3 }, blobs: { total: 2 } });
  });

  it('without layers that are fetched from elsewhere', async () => {
    const name = newRepository();
    const foreign = contentOf('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', randomBlob(10).bytes);
    const { manifest, blobs } = imageOf([], {
      layers: [{ ...descriptorOf(foreign), urls: ['https://example.org/layer'] }],
    });
    await old.client.pushImage(name, { manifest, blobs }, '1');
    await new Copier(optionsOf({ from: name })).copyImage(tag('1'), tag('1'));
    expect(await next.client.pullManifest(name, '1')).toEqual(manifest.bytes);
  });

  it('not, if there is none', async () => {
    const copier = new Copier(optionsOf({ from: newRepository() }));
    expect(copier.copyImage(tag('1'), tag('1'))).rejects.toThrow(NothingToCopyError);
  });

  it('not when it is only tried out', async () => {
    const name = newRepository();
    const image = imageOf([randomBlob(1000)]);
    await old.client.pushImage(name, image, '1');
    const options = optionsOf({ from: name, isDryRun: true });
    await new Copier(options).copyImage(tag('1'), tag('1'));
    expect(await next.client.tags(name)).toEqual([]);
    const bytes = image.blobs.reduce((sum, blob) => sum + blob.bytes.byteLength, 0);
    expect(options.progress).toMatchObject({ bytes: { total: bytes, sent: 0 }, manifests: { copied: 1 } });
  });

  it('no further once it is told to stop', async () => {
    const name = newRepository();
    await pushSigned(name);
    const controller = new AbortController();
    controller.abort();
    const copier = new Copier(optionsOf({ from: name, signal: controller.signal }));
    expect(copier.copyImage(tag('1.0'), tag('1.0'))).rejects.toThrow('aborted');
    expect(await next.client.tags(name)).toEqual([]);
  });

  it('to a registry that knows no referrers: they are listed under a tag there', async () => {
    const name = newRepository();
    const { index } = await pushSigned(name);
    const lists = new Map<string, Buffer>();
    await using plain = await openPlainRegistry(lists);
    const options = optionsOf({ from: name, destination: remoteRepository(plain.host, name) });
    await new Copier(options).copyImage(tag('1.0'), tag('1.0'));
    const list: unknown = JSON.parse(lists.get(index.digest.replace(':', '-'))?.toString() ?? '{}');
    expect(list).toMatchObject({ manifests: [{ artifactType: 'application/vnd.test.signature' }] });
    // And from there on to one that does.
    const back = newRepository();
    const again = optionsOf({ from: name, to: back, source: remoteRepository(plain.host, name) });
    await new Copier({ ...again, isDryRun: true }).copyImage(tag('1.0'), tag('1.0'));
    expect(again.progress.referrers).toBe(3);
  });
});

describe('of some platforms', () => {
  it('an index is copied as it is, and the other images are left out', async () => {
    const name = newRepository();
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    const index = indexOf(images.map(({ manifest }) => manifest));
    await pushIndex(old.client, name, index, images);
    await using plain = await openPlainRegistry(new Map());
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 's390x' },
    ];
    const options = optionsOf({ from: name, destination: remoteRepository(plain.host, name), platforms });
    const { digest } = await new Copier(options).copyImage(tag('1.0'), tag('1.0'));
    expect(digest).toBe(index.digest as Digest);
    expect(options.progress.manifests.copied).toBe(2);
  });

  it('and of one, the image itself', async () => {
    const name = newRepository();
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    await pushIndex(old.client, name, indexOf(images.map(({ manifest }) => manifest)), images);
    const platforms = [{ os: 'linux', architecture: 'arm64' }];
    await new Copier(optionsOf({ from: name, platforms })).copyImage(tag('1.0'), tag('arm'));
    expect(await next.client.pullManifest(name, 'arm')).toEqual(images[1]?.manifest.bytes ?? new Uint8Array());
    const none = new Copier(optionsOf({ from: name, platforms: [{ os: 'plan9', architecture: 'mips' }] }));
    expect(none.copyImage(tag('1.0'), tag('1.0'))).rejects.toThrow('linux/amd64, linux/arm64');
  });
});

describe('a repository is copied', () => {
  it('with the tags that are wanted; what fails does not keep the others', async () => {
    const name = newRepository();
    for (const each of ['1.0', '1.1', '2.0', 'broken']) {
      const annotations = { text: 'x'.repeat(each === 'broken' ? 3000 : 1) };
      await old.client.pushImage(name, imageOf([randomBlob(10)], { annotations }), each);
    }
    const source = remoteRepository(new URL(old.url).host, name, {
      as: loginIn(old.authorization),
      manifestBytes: 2000,
    });
    const options = optionsOf({ from: name, source, stopsAtFailure: false });
    const matches = parseTagPattern('1.*');
    const some = await copyRepository(options, (text) => matches?.(text) === true);
    expect(some.images.map((image) => String(image.tag))).toEqual(['1.0', '1.1']);
    const all = await copyRepository(options, () => true);
    expect(all.images.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged', 'copied']);
    expect(all.failed.map((failed) => failed.tag)).toEqual(['broken']);
    expect(await next.client.tags(name)).toEqual(['1.0', '1.1', '2.0']);
  });

  it('not at all when the other end is gone', async () => {
    const name = newRepository();
    await old.client.pushImage(name, imageOf([randomBlob(10, 'sha256')]), '1');
    const gone = await openOddRegistry(() => undefined);
    await gone[Symbol.asyncDispose]();
    const options = optionsOf({ from: name, destination: remoteRepository(gone.host, name) });
    expect(copyRepository(options, () => true)).rejects.toThrow('nothing listens there');
  });

  it('by patterns that tags can match', () => {
    expect(parseTagPattern('a b')).toBeUndefined();
    expect(parseTagPattern('')).toBeUndefined();
    const tags = ['1.0', '1a0', '10', 'v1.0'];
    expect(tags.filter((text) => parseTagPattern('1.?')?.(text))).toEqual(['1.0']);
    expect(tags.filter((text) => parseTagPattern('*1*0')?.(text))).toEqual(tags);
  });
});

/** Keeps whatever it is given, knows no referrers API, and checks nothing. */
async function openPlainRegistry(manifests: Map<string, Buffer>): ReturnType<typeof openOddRegistry> {
  const blobs = new Set<string>();
  const types = new Map<string, string>();
  return await openOddRegistry(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const last = decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
    if (url.includes('/referrers/')) return void response.writeHead(404).end();
    if (method === 'POST') return void response.writeHead(202, { Location: '/up/1' }).end();
    if (method === 'PUT' && url.startsWith('/up')) {
      blobs.add(last.slice(last.indexOf('=') + 1));
      return void response.writeHead(201).end();
    }
    if (url.includes('/blobs/')) return void response.writeHead(blobs.has(last) ? 200 : 404).end();
    if (method === 'PUT') {
      const bytes = Buffer.concat(pieces);
      const { digest } = contentOf(IMAGE_LAYER, bytes);
      for (const key of [last, digest]) {
        manifests.set(key, bytes);
        types.set(key, headers['content-type'] ?? '');
      }
      return void response.writeHead(201).end();
    }
    const found = manifests.get(last);
    if (found === undefined) return void response.writeHead(404).end();
    const { digest } = contentOf(IMAGE_LAYER, found);
    response.writeHead(200, { 'Content-Type': types.get(last) ?? '', 'Docker-Content-Digest': digest });
    response.end(method === 'HEAD' ? undefined : found);
  });
}
