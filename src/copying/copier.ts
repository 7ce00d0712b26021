import type { RemoteManifest } from '../client/manifests.ts';
import type { RemoteRepository } from '../client/remote-repository.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { requiredBlobs } from '../oci/manifest.ts';
import { isIndexType } from '../oci/media-types.ts';
import type { Tag } from '../oci/tag.ts';
import { BlobCopier } from './blob-copier.ts';
import { digestTagsOf } from './digest-tags.ts';
import { entriesFor, entryFor, formatPlatform, type WantedPlatform } from './platform.ts';
import type { CopyProgress } from './progress.ts';
import { Slots, together } from './slots.ts';

export interface CopyOptions {
  readonly source: RemoteRepository;
  readonly destination: RemoteRepository;
  readonly progress: CopyProgress;
  readonly signal: AbortSignal;
  /** How many requests and blobs go at the same time. */
  readonly jobs: number;
  /** None: all. */
  readonly platforms?: readonly WantedPlatform[];
  /** Whether signatures, attestations and the like go with the image. */
  readonly withReferrers: boolean;
  /** Nothing is written anywhere. */
  readonly isDryRun?: boolean;
  /** Whether the first failure ends it all, as for one image; else the other images go on. */
  readonly stopsAtFailure?: boolean;
}

export interface CopiedImage {
  readonly tag?: Tag;
  readonly digest: Digest;
  readonly outcome: 'copied' | 'unchanged';
}

/** A manifest that has a subject, or one that a tag says it of. */
type Referrer = Descriptor | { readonly tag: Tag; readonly digest: Digest };

/** There is no image for the platform, or no image at all. */
export class NothingToCopyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/**
 * Copies images from one repository to another. Content goes before what names it: blobs, the images of an index, the
 * index, what refers to them, and last the tag, so that whoever pulls meanwhile finds everything or nothing. What is
 * there is not sent again: a copy that was broken off is finished by doing it again.
 */
export class Copier {
  readonly #options: CopyOptions;
  readonly #slots: Slots;
  readonly #blobs: BlobCopier;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Every manifest that was begun, with the digests of itself and of what is below it. It waits for what it names, only. */
  readonly #kept = new Map<Digest, Promise<readonly Digest[]>>();
  readonly #referrers = new Map<Digest, Promise<readonly Referrer[]>>();

  constructor(options: CopyOptions) {
    this.#options = options;
    this.#slots = new Slots(options.jobs);
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#blobs = new BlobCopier({ ...options, signal: this.#signal });
  }

  /**
   * Copies one image, and has a tag name it, if one is given.
   *
   * @throws {NothingToCopyError}
   * @throws {ClientError} whatever one of the registries made impossible.
   */
  async copyImage(from: Tag | Digest, tag: Tag | undefined): Promise<CopiedImage> {
    const root = await this.#findRoot(from);
    const { digest } = root;
    if (tag === undefined) {
      const { isNew, kept } = await this.#keep(root);
      await this.#keepReferrersOf(kept);
      return { digest, outcome: isNew ? 'copied' : 'unchanged' };
    }
    const { destination, progress } = this.#options;
    const before = await this.#step(() => destination.findManifestHead(tag, this.#signal));
    const isThere = before?.digest === digest || (await this.#isThere(digest));
    const referrers = await this.#findReferrers(digest);
    const below = await this.#bring(root, isThere);
    // A signature is there when the tag is; and some registries take it only after what it signs.
    if (!isThere && referrers.length > 0) await this.#put(root, digest);
    await this.#keepReferrersOf([digest, ...below]);
    if (before?.digest === digest) return { tag, digest, outcome: 'unchanged' };
    await this.#put(root, tag);
    progress.manifests.copied++;
    return { tag, digest, outcome: 'copied' };
  }

  async #findRoot(from: Tag | Digest): Promise<RemoteManifest> {
    const { source, platforms = [] } = this.#options;
    const root = await this.#read(from);
    if (root === undefined) {
      throw new NothingToCopyError(`${source.registry.address.name}/${source.name} has no ${from}.`);
    }
    const [only, ...others] = platforms;
    return only === undefined || others.length > 0 ? root : await this.#findPlatform(root, only);
  }

  /** Of one platform, the image itself is what is copied. */
  async #findPlatform(root: RemoteManifest, platform: WantedPlatform): Promise<RemoteManifest> {
    if (root.parsed.kind === 'image') return root;
    const entry = entryFor(root.parsed.manifests, platform);
    const found = entry === undefined ? undefined : await this.#read(entry.digest);
    if (found !== undefined) return found;
    const offered = root.parsed.manifests.flatMap(({ platform: it }) => (it === undefined ? [] : [formatPlatform(it)]));
    throw new NothingToCopyError(
      `There is no image for ${formatPlatform(platform)}. There is one for: ${offered.join(', ')}.`,
    );
  }

  /** Has the destination keep a manifest, with all it needs. */
  async #keep(manifest: RemoteManifest): Promise<{ readonly isNew: boolean; readonly kept: readonly Digest[] }> {
    const isThere = await this.#isThere(manifest.digest);
    const below = await this.#bring(manifest, isThere);
    if (!isThere) await this.#put(manifest, manifest.digest);
    this.#options.progress.manifests[isThere ? 'present' : 'copied']++;
    return { isNew: !isThere, kept: [manifest.digest, ...below] };
  }

  /** Everything that a manifest needs. @returns the manifests among it. */
  async #bring(manifest: RemoteManifest, isThere: boolean): Promise<readonly Digest[]> {
    const entries = entriesFor(manifest.parsed.manifests, this.#options.platforms ?? []);
    const below = entries.map((entry) => this.#keepEntry(entry));
    await together<unknown>([
      // A registry keeps an image only with all its blobs. An index may be there without its images.
      ...(isThere ? [] : this.#blobsOf(manifest).map((blob) => this.#copyBlob(blob))),
      ...below,
    ]);
    return (await Promise.all(below)).flat();
  }

  #blobsOf({ parsed }: RemoteManifest): readonly Descriptor[] {
    const required = new Set(requiredBlobs(parsed));
    const descriptors = [...(parsed.config === undefined ? [] : [parsed.config]), ...parsed.layers];
    const byDigest = new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor]));
    return [...byDigest.values()].filter(({ digest }) => required.has(digest));
  }

  async #copyBlob(blob: Descriptor): Promise<void> {
    await this.#blobs.copy(blob, (work) => this.#step(work));
  }

  /** An image of an index, or what refers to something. Each once, however often it is named. */
  #keepEntry({ digest, mediaType }: Descriptor): Promise<readonly Digest[]> {
    const begun = this.#kept.get(digest) ?? this.#keepNamed(digest, mediaType);
    this.#kept.set(digest, begun);
    return begun;
  }

  async #keepNamed(digest: Digest, mediaType: string): Promise<readonly Digest[]> {
    const { progress } = this.#options;
    if (!isIndexType(mediaType) && (await this.#isThere(digest))) {
      progress.manifests.present++;
      return [digest];
    }
    const manifest = await this.#read(digest);
    if (manifest !== undefined) return (await this.#keep(manifest)).kept;
    progress.manifests.missing++;
    return [];
  }

  /**
   * What refers to these manifests, and to that. Whoever may push there says what does, and may say it in a circle: so no
   * manifest waits for what refers to it.
   */
  async #keepReferrersOf(manifests: readonly Digest[]): Promise<void> {
    const seen = new Set(manifests);
    for (let fresh = [...seen]; fresh.length > 0;) {
      const finding = fresh.map((digest) => this.#findReferrers(digest));
      await together(finding);
      const keeping = (await Promise.all(finding)).flat().map((referrer) => this.#keepReferrer(referrer));
      await together(keeping);
      fresh = [...new Set((await Promise.all(keeping)).flat())].filter((digest) => !seen.has(digest));
      for (const digest of fresh) seen.add(digest);
    }
  }

  /** Signatures, attestations and the like, by whichever of the two ways they say what they are about. */
  #findReferrers(digest: Digest): Promise<readonly Referrer[]> {
    const begun = this.#referrers.get(digest) ?? this.#readReferrers(digest);
    this.#referrers.set(digest, begun);
    return begun;
  }

  async #readReferrers(digest: Digest): Promise<readonly Referrer[]> {
    const { source, withReferrers, progress } = this.#options;
    if (!withReferrers) return [];
    const referrers = await this.#step(() => source.listReferrers(digest, this.#signal));
    const tagged = await this.#step(() => digestTagsOf(source, digest, this.#signal));
    progress.referrers += referrers.length + tagged.length;
    return [...referrers, ...tagged];
  }

  async #keepReferrer(referrer: Referrer): Promise<readonly Digest[]> {
    return 'tag' in referrer ? this.#keepTagged(referrer.tag, referrer.digest) : this.#keepEntry(referrer);
  }

  async #keepTagged(tag: Tag, digest: Digest): Promise<readonly Digest[]> {
    const { destination, progress } = this.#options;
    const before = await this.#step(() => destination.findManifestHead(tag, this.#signal));
    if (before?.digest === digest) {
      progress.manifests.present++;
      return [];
    }
    const manifest = await this.#read(digest);
    if (manifest === undefined) return [];
    const below = await this.#bring(manifest, await this.#isThere(digest));
    await this.#put(manifest, tag);
    progress.manifests.copied++;
    return below;
  }

  async #put(manifest: RemoteManifest, tagOrDigest: Tag | Digest): Promise<void> {
    const { destination, isDryRun } = this.#options;
    if (isDryRun === true) return;
    await this.#step(async () => {
      const { listsReferrers } = await destination.putManifest({ ...manifest, tagOrDigest }, this.#signal);
      const { subject } = manifest.parsed;
      if (subject !== undefined && !listsReferrers) {
        await destination.addReferrer(subject.digest, manifest, this.#signal);
      }
    });
  }

  async #isThere(digest: Digest): Promise<boolean> {
    const { destination } = this.#options;
    return (await this.#step(() => destination.findManifestHead(digest, this.#signal))) !== undefined;
  }

  async #read(tagOrDigest: Tag | Digest): Promise<RemoteManifest | undefined> {
    return await this.#step(() => this.#options.source.findManifest(tagOrDigest, this.#signal));
  }

  /** One thing that takes a place among the jobs. */
  async #step<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#slots.use(async () => {
      this.#signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (this.#options.stopsAtFailure === true) this.#stop.abort(error);
        throw error;
      }
    });
  }
}
