import { IMAGE_MANIFEST, imageOf, randomBlob, type Content } from '../support/image.ts';
import type { Random } from '../support/random.ts';
import { RegistryClient, UnexpectedReplyError, locationOf } from '../support/registry-client.ts';
import { Ledger } from './ledger.ts';

const TAGS = ['latest', 'stable', '1.0', '1.1', '2.0'] as const;

/**
 * One client with a repository of its own. It pushes, moves tags and deletes, one request after another, until the
 * server is gone, and writes down beforehand what it is about to ask for.
 */
export class CrashClient {
  readonly repository: string;
  readonly blobs = new Ledger();
  readonly manifests = new Ledger();
  /** Requests that the server answered. */
  acknowledged = 0;
  readonly #random: Random;
  /** Layers that other clients push too: the same content, at the same time, into another repository. */
  readonly #shared: readonly [Content, ...Content[]];
  /** Blobs that no manifest names, and which may therefore be deleted. */
  readonly #loose = new Set<string>();

  constructor(repository: string, random: Random, shared: readonly [Content, ...Content[]]) {
    this.repository = repository;
    this.#random = random;
    this.#shared = shared;
  }

  /**
   * Works until the connection breaks because the server is being killed.
   *
   * @throws {UnexpectedReplyError} the server answered something else than it should, which is no part of the game.
   */
  async work(client: RegistryClient, isDying: () => boolean): Promise<void> {
    try {
      for (;;) await this.#step(client);
    } catch (error) {
      if (error instanceof UnexpectedReplyError || !isDying()) throw error;
    }
  }

  /** What garbage collection removes: the blobs that no manifest names. */
  forgetUnnamedBlobs(): void {
    const named = new Set(this.manifests.promised().flatMap(blobsNamedBy));
    for (const { digest } of this.blobs.promised()) {
      if (named.has(digest)) continue;
      this.blobs.removing(digest);
      this.blobs.removed(digest);
    }
  }

  async #step(client: RegistryClient): Promise<void> {
    const chance = this.#random.next();
    if (chance < 0.55) await this.#pushImage(client);
    else if (chance < 0.7) await this.#pushLooseBlob(client);
    else if (chance < 0.78) await this.#deleteLooseBlob(client);
    else if (chance < 0.86) await this.#deleteTag(client);
    else if (chance < 0.94) await this.#deleteManifest(client);
    else await this.#abandonUpload(client);
  }

  async #pushImage(client: RegistryClient): Promise<void> {
    const layers = [this.#random.pick(this.#shared), this.#newBlob()];
    const image = imageOf(layers, { annotations: { made: crypto.randomUUID() } });
    for (const blob of image.blobs) await this.#push(client, blob);
    const tag = this.#random.pick(TAGS);
    const { manifest } = image;
    this.manifests.sending(manifest);
    this.manifests.movingTag(tag, manifest.digest);
    await client.pushManifest(this.repository, manifest, tag);
    this.manifests.acknowledged(manifest);
    this.manifests.movedTag(tag, manifest.digest);
    this.acknowledged += 1;
  }

  async #pushLooseBlob(client: RegistryClient): Promise<void> {
    const blob = this.#newBlob();
    await this.#push(client, blob);
    this.#loose.add(blob.digest);
  }

  async #deleteLooseBlob(client: RegistryClient): Promise<void> {
    const [digest] = this.#loose;
    if (digest === undefined) return;
    this.#loose.delete(digest);
    this.blobs.removing(digest);
    await client.deleteBlob(this.repository, digest);
    this.blobs.removed(digest);
    this.acknowledged += 1;
  }

  async #deleteTag(client: RegistryClient): Promise<void> {
    const tag = this.#random.pick(TAGS);
    if (this.manifests.possible(tag).has(undefined)) return;
    this.manifests.movingTag(tag, undefined);
    await client.deleteManifest(this.repository, tag);
    this.manifests.movedTag(tag, undefined);
    this.acknowledged += 1;
  }

  async #deleteManifest(client: RegistryClient): Promise<void> {
    const manifest = this.manifests.promised().at(this.#random.between(0, 3));
    if (manifest === undefined) return;
    const { digest } = manifest;
    const tags = this.manifests.tags().filter((tag) => this.manifests.possible(tag).has(digest));
    this.manifests.removing(digest);
    for (const tag of tags) this.manifests.movingTag(tag, undefined);
    await client.deleteManifest(this.repository, digest);
    this.manifests.removed(digest);
    for (const tag of tags) this.manifests.movedTag(tag, undefined);
    this.acknowledged += 1;
  }

  /** Half a blob, and nothing more is ever heard of it. */
  async #abandonUpload(client: RegistryClient): Promise<void> {
    const session = await client.openUpload(this.repository);
    const reply = await client.expect(202, 'PATCH', session, { body: this.#newBlob().bytes });
    await reply.arrayBuffer();
    locationOf(reply);
  }

  async #push(client: RegistryClient, blob: Content): Promise<void> {
    this.blobs.sending(blob);
    const way = this.#random.between(0, 3);
    if (way === 0) await client.pushBlob(this.repository, blob);
    else if (way === 1) await client.pushBlobInChunks(this.repository, blob, 40_000);
    else await client.pushBlobAtOnce(this.repository, blob);
    this.blobs.acknowledged(blob);
    this.acknowledged += 1;
  }

  #newBlob(): Content {
    return randomBlob(this.#random.between(1, 120_000));
  }
}

/** The digests of the blobs that an image manifest names. */
export function blobsNamedBy(manifest: Content): string[] {
  if (manifest.mediaType !== IMAGE_MANIFEST) throw new Error(`not an image manifest: ${manifest.mediaType}`);
  const document: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(
    new TextDecoder().decode(manifest.bytes),
  );
  return [document.config.digest, ...document.layers.map(({ digest }) => digest)];
}
