import { contentOf, imageOf, IMAGE_LAYER, indexOf, descriptorOf, type Content } from '../support/image.ts';
import { locationOf, UnexpectedReplyError, withDigest } from '../support/registry-client.ts';
import { RepositoryModel, type Deleted, type KnownManifest } from './repository-model.ts';
import { LAYER_COUNT, TAGS, type Step } from './step.ts';
import type { World } from './world.ts';

const SIGNATURE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** The same bytes for every client, in every run: layers that repositories share. */
export const LAYERS: readonly Content[] = Array.from({ length: LAYER_COUNT }, (_, number) =>
  contentOf(IMAGE_LAYER, new Uint8Array(2000 + number).fill(number)),
);

/** Something is not as the registry promised. */
export class BrokenPromiseError extends Error {}

/** One client with a repository of its own: takes steps, and knows what must be there after each. */
export class ModelClient {
  readonly model: RepositoryModel;
  readonly #world: World;
  /** Repositories of all clients, to mount from. */
  readonly #others: readonly string[];

  constructor(world: World, repository: string, others: readonly string[]) {
    this.#world = world;
    this.model = new RepositoryModel(repository);
    this.#others = others;
  }

  async take(step: Step): Promise<void> {
    // No two deeds in one repository at one time.
    await this.#world.wait(0.001);
    switch (step.do) {
      case 'push': {
        const layers = step.layers.map((number) => LAYERS[number] ?? LAYERS[0]).filter((layer) => layer !== undefined);
        const { manifest, blobs } = imageOf(layers, { annotations: { salt: `${this.model.name} ${step.salt}` } });
        return this.#push({ content: manifest, blobs, children: [] }, tagOf(step.tag), step.salt);
      }
      case 'push-index': {
        const images = [...new Set(step.picks.map((pick) => this.#pickLive(pick)))].filter((one) => one !== undefined);
        if (images.length === 0 || images.some(({ content }) => this.model.depthOf(content.digest) > 2))
          return undefined;
        const children = images.map(({ content }) => content);
        const content = indexOf(children, { annotations: { of: this.model.name } });
        return this.#push({ content, blobs: [], children: children.map(({ digest }) => digest) }, tagOf(step.tag), 0);
      }
      case 'attach':
        return this.#attach(step.pick, step.salt);
      case 'move-tag': {
        const manifest = this.#pickLive(step.pick);
        return manifest === undefined ? undefined : this.#push(manifest, tagOf(step.tag), 0);
      }
      case 'delete-tag':
        return this.#deleteTag(step.pick);
      case 'delete-manifest':
        return this.#deleteManifest(step.pick);
      case 'delete-repository':
        return this.#deleteRepository();
      case 'restore':
        return this.#restore(step.pick);
      case 'run-policy':
        return this.#runPolicy();
      case 'collect':
        return this.#tried(() => this.#world.collect());
      case 'wait':
        return this.#world.wait(step.seconds);
      case 'check':
        return this.check();
    }
  }

  /** Everything that must be here is here, whole; what was deleted is not. */
  async check(): Promise<void> {
    await this.#tried(() => this.#check());
  }

  async #attach(pick: number, salt: number): Promise<void> {
    const subject = this.#pickLive(pick);
    if (subject === undefined) return;
    const payload = contentOf(SIGNATURE, new TextEncoder().encode(`${this.model.name} signs ${salt}`));
    const { manifest, blobs } = imageOf([payload], {
      artifactType: SIGNATURE,
      subject: descriptorOf(subject.content),
    });
    await this.#push({ content: manifest, blobs, children: [], subject: subject.content.digest }, undefined, salt);
  }

  /** As clients do: what is here is not sent, what another repository has is mounted now and then. */
  async #push(manifest: KnownManifest, tag: string | undefined, salt: number): Promise<void> {
    const { client } = this.#world;
    const { name } = this.model;
    const since = this.#world.now();
    const before = tag === undefined ? undefined : this.model.tags.get(tag);
    const wasDone = await this.#attempt(async () => {
      try {
        for (const blob of manifest.blobs) await this.#pushBlob(blob, salt);
        await client.pushManifest(name, manifest.content, tag);
      } catch (error) {
        // Whoever takes longer than the time of grace, or of an unfinished upload, has to begin again.
        const isLate = this.#world.now() - since > this.#world.graceSeconds * 1000;
        if (isLate && error instanceof Error && /MANIFEST_BLOB_UNKNOWN|BLOB_UPLOAD_UNKNOWN/.test(error.message))
          return false;
        throw error;
      }
      return true;
    });
    if (wasDone === true) this.model.pushed(manifest, tag);
    if (wasDone !== undefined) return;
    // Nobody knows: the registry says.
    if (await this.#has(manifest.content.digest)) {
      const now = tag === undefined ? undefined : await this.#digestOf(tag);
      if (tag === undefined || now === manifest.content.digest) this.model.pushed(manifest, tag);
      else if (now === before) this.#assume(manifest);
      else throw new BrokenPromiseError(`${name}:${tag} names ${now}, neither what it was nor what was pushed`);
    }
  }

  async #pushBlob(blob: Content, salt: number): Promise<void> {
    const { client } = this.#world;
    const { name } = this.model;
    const seen = await client.send('HEAD', `/v2/${name}/blobs/${blob.digest}`);
    if (seen.status === 200) return;
    const from = this.#others[salt % this.#others.length] ?? name;
    const path = `/v2/${name}/blobs/uploads/?mount=${blob.digest}&from=${encodeURIComponent(from)}`;
    const mounted = salt % 2 === 0 ? await client.send('POST', path) : undefined;
    await mounted?.arrayBuffer();
    // What cannot be mounted is sent, in the session that was opened for it.
    if (mounted?.status === 202) await this.#send(withDigest(locationOf(mounted), blob.digest), blob);
    else if (mounted?.status !== 201) await client.pushBlob(name, blob);
  }

  async #send(location: string, { bytes }: Content): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    await (await this.#world.client.expect(201, 'PUT', location, { body: bytes, headers })).arrayBuffer();
  }

  /** It was here already, and the push of the tag was not done. */
  #assume(manifest: KnownManifest): void {
    if (!this.model.live.has(manifest.content.digest)) this.model.pushed(manifest);
  }

  async #deleteTag(pick: number): Promise<void> {
    const tag = [...this.model.tags.keys()].toSorted()[pick % Math.max(1, this.model.tags.size)];
    if (tag === undefined) return;
    const at = this.#world.now();
    const wasDone = await this.#attempt(async () => {
      await this.#world.client.deleteManifest(this.model.name, tag);
      return true;
    });
    if (wasDone ?? (await this.#digestOf(tag)) === undefined) this.model.deletedTag(tag, at);
  }

  async #deleteManifest(pick: number): Promise<void> {
    const manifest = this.#pickLive(pick);
    if (manifest === undefined) return;
    const { digest } = manifest.content;
    const at = this.#world.now();
    const wasDone = await this.#attempt(async () => {
      try {
        await this.#world.client.deleteManifest(this.model.name, digest);
        return true;
      } catch (error) {
        // What an index needs may not go before it.
        if (error instanceof UnexpectedReplyError && error.status < 500 && this.model.isChild(digest)) return false;
        throw error;
      }
    });
    if (wasDone ?? !(await this.#has(digest))) this.model.deletedManifest(digest, at);
  }

  async #deleteRepository(): Promise<void> {
    const { model } = this;
    if (model.live.size === 0) return;
    const witness = [...model.live][0] ?? '';
    const at = this.#world.now();
    const wasDone = await this.#attempt(async () => {
      await this.#world.deleteRepository(model.name);
      return true;
    });
    if (wasDone ?? !(await this.#has(witness))) model.deletedRepository(at);
  }

  /** The latest of what was deleted under that name: older entries of the same thing are left in the trash. */
  async #restore(pick: number): Promise<void> {
    const { model } = this;
    const entry = model.trash[pick % Math.max(1, model.trash.length)];
    if (entry === undefined || !this.#isLatest(entry)) return;
    const age = (this.#world.now() - entry.at) / 1000;
    // Near its end it may be gone or not.
    if (age > this.#world.keepSeconds - EDGE_SECONDS) return;
    const wasDone = await this.#attempt(() => this.#world.restore({ repository: model.name, ...entry.thing }));
    if (wasDone === false && !model.mayBeBack(entry)) {
      throw new BrokenPromiseError(`${model.name} ${JSON.stringify(entry.thing)} cannot be restored after ${age} s`);
    }
    const [witness] = entry.manifests;
    const isBack = wasDone ?? (witness !== undefined && (await this.#isBack(entry, witness)));
    if (!isBack) return;
    model.trash.splice(model.trash.indexOf(entry), 1);
    // Where the answer was lost, it may have been there before: what belongs to it is then nobody's promise.
    model.restored(wasDone === true ? entry : { ...entry, orphans: new Set() });
  }

  async #isBack(entry: Deleted, witness: string): Promise<boolean> {
    for (const [tag, digest] of entry.tags) if ((await this.#digestOf(tag)) === digest) return true;
    return entry.tags.size === 0 && (await this.#has(witness));
  }

  #isLatest(entry: Deleted): boolean {
    const { tag, digest } = entry.thing;
    const same = this.model.trash.filter(({ thing, tags, manifests }) => {
      if (tag !== undefined) return tags.has(tag);
      if (digest !== undefined) return thing.tag === undefined && manifests.has(digest);
      return thing.tag === undefined && thing.digest === undefined;
    });
    // What was deleted with the whole repository is found under that alone.
    const wholes = this.model.trash.filter(({ thing }) => thing.tag === undefined && thing.digest === undefined);
    return same.at(-1) === entry && (wholes.length === 0 || wholes.at(-1) === entry);
  }

  async #runPolicy(): Promise<void> {
    if (this.model.live.size === 0) return;
    await this.#attempt(async () => {
      await this.#world.runPolicy(this.model.name);
      return true;
    });
    this.model.cleaned();
  }

  async #check(): Promise<void> {
    const { client } = this.#world;
    const { name, tags, live, known } = this.model;
    const here = (await client.tags(name)).toSorted();
    equal(`the tags of ${name}`, here.join(), [...tags.keys()].toSorted().join());
    for (const [tag, digest] of tags) equal(`${name}:${tag}`, await this.#digestOf(tag), digest);
    const blobs = new Map<string, Content>();
    for (const digest of live) {
      const manifest = known.get(digest);
      if (manifest === undefined) continue;
      same(`${name}@${digest}`, await client.pullManifest(name, digest), manifest.content.bytes);
      for (const blob of manifest.blobs) blobs.set(blob.digest, blob);
    }
    for (const blob of blobs.values())
      same(`blob ${blob.digest}`, await client.pullBlob(name, blob.digest), blob.bytes);
    for (const digest of this.model.gone()) {
      if (await this.#has(digest)) throw new BrokenPromiseError(`${name}@${digest} was deleted, and is served`);
    }
    await this.#checkReferrers();
  }

  async #checkReferrers(): Promise<void> {
    const { name, live, known } = this.model;
    for (const digest of live) {
      const subject = known.get(digest)?.subject;
      if (subject === undefined) continue;
      const reply = await this.#world.client.expect(200, 'GET', `/v2/${name}/referrers/${subject}`);
      const text = await reply.text();
      if (!text.includes(digest)) throw new BrokenPromiseError(`${name}@${subject} has lost its referrer ${digest}`);
    }
  }

  #pickLive(pick: number): KnownManifest | undefined {
    const digest = [...this.model.live].toSorted()[pick % Math.max(1, this.model.live.size)];
    return digest === undefined ? undefined : this.model.known.get(digest);
  }

  async #has(digest: string): Promise<boolean> {
    return (await this.#digestOf(digest)) !== undefined;
  }

  async #digestOf(tagOrDigest: string): Promise<string | undefined> {
    let digest: string | undefined;
    await this.#tried(async () => {
      const path = `/v2/${this.model.name}/manifests/${tagOrDigest}`;
      const reply = await this.#world.client.send('HEAD', path);
      if (reply.status >= 500) throw new UnexpectedReplyError(`HEAD ${path}`, reply.status, '');
      digest = reply.status === 200 ? (reply.headers.get('docker-content-digest') ?? undefined) : undefined;
    });
    return digest;
  }

  /** @returns `undefined` when nobody knows whether it was done. */
  async #attempt(work: () => Promise<boolean>): Promise<boolean | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.#isForgiven(error)) throw error;
      await this.#world.recovered();
      return undefined;
    }
  }

  /** For what may be done again and again. */
  async #tried(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!this.#isForgiven(error)) throw error;
        await this.#world.recovered();
      }
    }
  }

  #isForgiven(error: unknown): boolean {
    if (!this.#world.mayFail || error instanceof BrokenPromiseError) return false;
    return !(error instanceof UnexpectedReplyError) || error.status >= 500;
  }
}

/** So near its end, what is in the trash may be gone or not. */
const EDGE_SECONDS = 3;

function tagOf(number: number | undefined): string | undefined {
  return number === undefined ? undefined : TAGS[number];
}

function equal(what: string, found: string | undefined, wanted: string | undefined): void {
  if (found !== wanted) throw new BrokenPromiseError(`${what}: found ${found}, must be ${wanted}`);
}

function same(what: string, found: Uint8Array, wanted: Uint8Array): void {
  if (!Buffer.from(found).equals(Buffer.from(wanted))) throw new BrokenPromiseError(`${what} has other bytes`);
}
