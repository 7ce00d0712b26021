import { blobsNamedBy } from '../../faults/crash-client.ts';
import { Ledger } from '../../faults/ledger.ts';
import { digestOf, imageOf, randomBlob, type Content } from '../../support/image.ts';
import type { Random } from '../../support/random.ts';
import { UnexpectedReplyError } from '../../support/registry-client.ts';
import { LoadEndedError, type WatchedClient, type Watch } from './watch.ts';

const TAGS = ['latest', 'stable', '1.0', '1.1', '2.0'] as const;
/** More than one part of a multipart upload to S3, whatever the size of the parts. */
const LARGE_BYTES = 18_000_000;
const CHUNK_BYTES = 60_000;
const LARGE_CHUNK_BYTES = 4_000_000;
/** Beyond it more is deleted than pushed. */
const MANY_MANIFESTS = 40;
/** A moment to breathe after a failure, in milliseconds, as every client takes it. */
const PAUSE = 100;

/** Layers that every client uses, in the repository that they are mounted from. */
export interface SharedLayers {
  readonly repository: string;
  readonly layers: readonly [Content, ...Content[]];
}

/**
 * One client with a repository of its own, which goes on whatever happens: it pushes, mounts, moves tags, deletes, and
 * reads back what it was promised, and complains of every answer that is wrong.
 */
export class LoadClient {
  readonly repository: string;
  readonly blobs = new Ledger();
  readonly manifests = new Ledger();
  readonly #client: WatchedClient;
  readonly #watch: Watch;
  readonly #random: Random;
  readonly #shared: SharedLayers;

  constructor(given: {
    repository: string;
    client: WatchedClient;
    watch: Watch;
    random: Random;
    shared: SharedLayers;
  }) {
    this.repository = given.repository;
    this.#client = given.client;
    this.#watch = given.watch;
    this.#random = given.random;
    this.#shared = given.shared;
  }

  /** Works until the load ends. What fails is counted, and forgiven where something is broken. */
  async work(): Promise<void> {
    while (!this.#watch.isEnded) {
      try {
        await this.#step();
      } catch (error) {
        if (error instanceof LoadEndedError) return;
        if (error instanceof UnexpectedReplyError && error.status < 500) this.#watch.refused(error.message);
        this.#forgetUnnamedBlobs();
        await Bun.sleep(PAUSE * (1 + this.#random.next()));
      }
    }
  }

  async #step(): Promise<void> {
    const chance = this.#random.next();
    if (this.manifests.promised().length > MANY_MANIFESTS) await this.#deleteManifest();
    else if (chance < 0.3) await this.#pushImage();
    else if (chance < 0.36) await this.#pushLooseBlob();
    else if (chance < 0.44) await this.#deleteTag();
    else if (chance < 0.5) await this.#deleteManifest();
    else if (chance < 0.52) await this.#abandonUpload();
    else if (chance < 0.66) await this.#pullBlob();
    else if (chance < 0.84) await this.#pullTag();
    else if (chance < 0.92) await this.#listTags();
    else await this.#headManifest();
  }

  async #pushImage(): Promise<void> {
    const shared = this.#random.pick(this.#shared.layers);
    const image = imageOf([shared, this.#newBlob()], { annotations: { made: crypto.randomUUID() } });
    await this.#mountUnlessThere(shared);
    for (const blob of image.blobs) if (blob !== shared) await this.#push(blob);
    const tag = this.#random.pick(TAGS);
    const { manifest } = image;
    this.manifests.sending(manifest);
    this.manifests.movingTag(tag, manifest.digest);
    await this.#client.pushManifest(this.repository, manifest, tag);
    this.manifests.acknowledged(manifest);
    this.manifests.movedTag(tag, manifest.digest);
  }

  /** As clients do: what the registry says is there is not sent. */
  async #mountUnlessThere(shared: Content): Promise<void> {
    const request = `/v2/${this.repository}/blobs/${shared.digest}`;
    const { status } = await this.#client.send('HEAD', request);
    if (status !== 200) {
      if (status !== 404) throw new UnexpectedReplyError(`HEAD ${request}`, status, '');
      const from = encodeURIComponent(this.#shared.repository);
      const path = `/v2/${this.repository}/blobs/uploads/?mount=${shared.digest}&from=${from}`;
      await (await this.#client.expect(201, 'POST', path)).arrayBuffer();
    }
    this.blobs.sending(shared);
    this.blobs.acknowledged(shared);
  }

  /** One that no manifest names: garbage collection takes such things, so nothing is promised for long. */
  async #pushLooseBlob(): Promise<void> {
    const blob = this.#newBlob();
    await this.#push(blob);
    await this.#checkBlob(blob);
    this.blobs.removing(blob.digest);
    await this.#client.deleteBlob(this.repository, blob.digest);
    this.blobs.removed(blob.digest);
    await this.#mustBeGone(`blobs/${blob.digest}`);
  }

  async #deleteTag(): Promise<void> {
    const tag = this.#random.pick(TAGS);
    if (this.manifests.possible(tag).has(undefined)) return;
    this.manifests.movingTag(tag, undefined);
    await this.#client.deleteManifest(this.repository, tag);
    this.manifests.movedTag(tag, undefined);
    await this.#mustBeGone(`manifests/${tag}`);
  }

  async #deleteManifest(): Promise<void> {
    const promised = this.manifests.promised();
    const digest = promised[this.#random.between(0, promised.length)]?.digest;
    if (digest === undefined) return;
    const tags = this.manifests.tags().filter((tag) => this.manifests.possible(tag).has(digest));
    const left = tags.map((tag) => ({ tag, was: this.manifests.possible(tag) }));
    this.manifests.removing(digest);
    for (const { tag } of left) this.manifests.movingTag(tag, undefined);
    await this.#client.deleteManifest(this.repository, digest);
    this.manifests.removed(digest);
    // A tag that in truth names another manifest, as far as we know, is left alone.
    for (const { tag, was } of left) if (was.size === 1) this.manifests.movedTag(tag, undefined);
    this.#forgetUnnamedBlobs();
    await this.#mustBeGone(`manifests/${digest}`);
  }

  /** Half a blob, and nothing more is ever heard of it. */
  async #abandonUpload(): Promise<void> {
    const session = await this.#client.openUpload(this.repository);
    const body = this.#newBlob().bytes;
    await (await this.#client.expect(202, 'PATCH', session, { body })).arrayBuffer();
  }

  async #pullBlob(): Promise<void> {
    const promised = this.blobs.promised();
    const blob = promised[this.#random.between(0, promised.length)];
    if (blob !== undefined) await this.#checkBlob(blob);
  }

  async #checkBlob(blob: Content): Promise<void> {
    const bytes = await this.#client.pullBlob(this.repository, blob.digest);
    if (digestOf(bytes) !== blob.digest) this.#watch.complain(`${this.repository}: other bytes for ${blob.digest}`);
  }

  async #pullTag(): Promise<void> {
    const tag = this.#random.pick(TAGS);
    const possible = this.manifests.possible(tag);
    const reply = await this.#client.send('GET', `/v2/${this.repository}/manifests/${tag}`);
    const bytes = await reply.bytes();
    const found = reply.status === 404 ? undefined : digestOf(bytes);
    if (![200, 404].includes(reply.status)) throw new UnexpectedReplyError(`GET ${tag}`, reply.status, `${found}`);
    if (!possible.has(found)) {
      const expected = [...possible].join(' or ');
      this.#watch.complain(`${this.repository}:${tag} names ${found ?? 'nothing'}, not ${expected || 'nothing'}`);
    }
  }

  async #listTags(): Promise<void> {
    const listed = new Set(await this.#client.tags(this.repository));
    for (const tag of this.manifests.tags()) {
      const possible = this.manifests.possible(tag);
      const isWrong = listed.has(tag) ? possible.size === 1 && possible.has(undefined) : !possible.has(undefined);
      if (isWrong) this.#watch.complain(`${this.repository}: ${tag} is ${listed.has(tag) ? '' : 'not '}in the list`);
    }
  }

  async #headManifest(): Promise<void> {
    const promised = this.manifests.promised();
    const digest = promised[this.#random.between(0, promised.length)]?.digest;
    if (digest === undefined) return;
    await this.#client.expect(200, 'HEAD', `/v2/${this.repository}/manifests/${digest}`);
  }

  async #push(blob: Content): Promise<void> {
    this.blobs.sending(blob);
    const way = this.#random.between(0, 3);
    const chunk = blob.bytes.byteLength > CHUNK_BYTES * 10 ? LARGE_CHUNK_BYTES : CHUNK_BYTES;
    if (way === 0) await this.#client.pushBlob(this.repository, blob);
    else if (way === 1) await this.#client.pushBlobInChunks(this.repository, blob, chunk);
    else await this.#client.pushBlobAtOnce(this.repository, blob);
    this.blobs.acknowledged(blob);
  }

  async #mustBeGone(path: string): Promise<void> {
    await (await this.#client.expect(404, 'GET', `/v2/${this.repository}/${path}`)).arrayBuffer();
  }

  #newBlob(): Content {
    return randomBlob(this.#random.next() < 0.02 ? LARGE_BYTES : this.#random.between(1, 150_000));
  }

  /** Nothing is promised of blobs that no manifest names: garbage collection may take them. */
  #forgetUnnamedBlobs(): void {
    const named = new Set(this.manifests.promised().flatMap(blobsNamedBy));
    for (const digest of [...this.blobs.promised().map((blob) => blob.digest), ...this.blobs.doubtful()]) {
      if (named.has(digest)) continue;
      this.blobs.removing(digest);
      this.blobs.removed(digest);
    }
  }
}
