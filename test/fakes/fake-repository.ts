import { createHash } from 'node:crypto';

/** A manifest in a fake registry, and what the registry itself knows of it. */
export interface FakeManifest {
  /** Counted on, over all repositories of this process. */
  readonly id: number;
  readonly digest: string;
  readonly mediaType: string;
  /** As it was pushed. */
  readonly text: string;
  /** Of its configuration and layers, and of those of its children. */
  readonly bytes: number;
  /** `linux/arm64`; absent: an index. */
  readonly platform?: string;
  /** Digests of what an index names. */
  readonly children: readonly string[];
  readonly subject?: string;
  readonly pushedAt: Date;
  readonly pulledAt?: Date;
}

export interface PushedImage {
  /** Default: none. */
  readonly tags?: readonly string[];
  /** More than one makes an index of them. Default `linux/amd64`. */
  readonly platforms?: readonly string[];
  readonly pushedAt?: Date;
  readonly pulledAt?: Date;
  /** Digest of what it refers to. */
  readonly subject?: string;
}

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const LAYER_BYTES = 1_000_000;

let lastId = 1000;

/** What a fake registry holds under one name. Layers are only spoken of. */
export class FakeRepository {
  /** As in a reference, without the host. */
  readonly name: string;
  isPublic = false;
  readonly manifests = new Map<string, FakeManifest>();
  /** Digests, by tag. */
  readonly tags = new Map<string, string>();
  readonly configs = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
  }

  /** An image, or an index of several; its digest. */
  push(image: PushedImage = {}): string {
    const { tags = [], platforms = ['linux/amd64'] } = image;
    const made = platforms.map((platform) => this.#image(platform, image));
    const [only] = made;
    const top = made.length === 1 && only !== undefined ? only : this.#index(made, image);
    for (const tag of tags) this.tags.set(tag, top.digest);
    return top.digest;
  }

  /** So many images of one tag each: `v0001`, `v0002`… */
  pushMany(count: number): void {
    for (let number = 1; number <= count; number += 1) {
      this.push({ tags: [`v${String(number).padStart(4, '0')}`] });
    }
  }

  /** What somebody pushed by the registry API. */
  put(text: string, mediaType: string, tagOrDigest: string, pushedAt: Date): string {
    const digest = digestOf(text);
    const children = [...text.matchAll(/sha256:[0-9a-f]{64}/g)].map(([found]) => found);
    this.#keep({
      id: (lastId += 1),
      digest,
      mediaType,
      text,
      bytes: text.length,
      children: mediaType === INDEX ? children : [],
      pushedAt,
    });
    if (!tagOrDigest.startsWith('sha256:')) this.tags.set(tagOrDigest, digest);
    return digest;
  }

  find(tagOrDigest: string): FakeManifest | undefined {
    return this.manifests.get(this.tags.get(tagOrDigest) ?? tagOrDigest);
  }

  tagsOf(digest: string): readonly string[] {
    return [...this.tags].filter(([, of]) => of === digest).map(([tag]) => tag);
  }

  /** Digests of the indexes that name it. */
  parentsOf(digest: string): readonly string[] {
    return [...this.manifests.values()].filter(({ children }) => children.includes(digest)).map((one) => one.digest);
  }

  /** As if it had been pushed then. */
  date(digest: string, pushedAt: Date): void {
    const manifest = this.manifests.get(digest);
    if (manifest !== undefined) this.manifests.set(digest, { ...manifest, pushedAt });
  }

  /** With all its tags. */
  remove(digest: string): void {
    for (const tag of this.tagsOf(digest)) this.tags.delete(tag);
    this.manifests.delete(digest);
  }

  #image(platform: string, { pushedAt = new Date('2026-02-01T10:00:00Z'), pulledAt, subject }: PushedImage) {
    const [os = '', architecture = '', variant] = platform.split('/');
    const nonce = (lastId += 1);
    const config = JSON.stringify({ os, architecture, variant, created: pushedAt.toISOString(), nonce });
    this.configs.set(digestOf(config), config);
    const text = JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: LAYER, digest: digestOf(`layer ${nonce}`), size: LAYER_BYTES }],
      ...(subject === undefined ? {} : { subject: { mediaType: IMAGE, digest: subject, size: 1 } }),
    });
    return this.#keep({
      id: nonce,
      digest: digestOf(text),
      mediaType: IMAGE,
      text,
      bytes: LAYER_BYTES + config.length,
      platform,
      children: [],
      pushedAt,
      ...(pulledAt === undefined ? {} : { pulledAt }),
      ...(subject === undefined ? {} : { subject }),
    });
  }

  #index(made: readonly FakeManifest[], { pushedAt = new Date('2026-02-01T10:00:00Z'), pulledAt }: PushedImage) {
    const manifests = made.map(({ digest, text, platform = '' }) => {
      const [os, architecture, variant] = platform.split('/');
      return { mediaType: IMAGE, digest, size: text.length, platform: { os, architecture, variant } };
    });
    const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
    return this.#keep({
      id: (lastId += 1),
      digest: digestOf(text),
      mediaType: INDEX,
      text,
      bytes: made.reduce((sum, { bytes }) => sum + bytes, 0),
      children: made.map(({ digest }) => digest),
      pushedAt,
      ...(pulledAt === undefined ? {} : { pulledAt }),
    });
  }

  #keep(manifest: FakeManifest): FakeManifest {
    this.manifests.set(manifest.digest, manifest);
    return manifest;
  }
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
