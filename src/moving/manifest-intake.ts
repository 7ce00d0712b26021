import { systemActor } from '../metadata/actor.ts';
import { blobLock, manifestContentLock, repositoryLock } from '../metadata/locks.ts';
import { saveManyImageDetails } from '../metadata/image-details.ts';
import { findBlobs, insertManifests, saveLinks } from '../metadata/many-rows.ts';
import { findDepths } from '../metadata/manifests.ts';
import { ensureRepository, findRepositoryId } from '../metadata/repositories.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { childrenOf, edgesOf, rowOf, type ReadManifest } from '../registry/manifest-facts.ts';
import { additionOf } from '../registry/quota-additions.ts';
import { checkQuotas } from '../registry/quotas.ts';
import { BATCH } from './batch-durability.ts';
import { forEachOf } from './batches.ts';
import type { BlobIntake, WantedBlob } from './blob-intake.ts';
import { readForeignDetails } from './foreign-details.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import { blobsOf, readForeignManifest } from './foreign-manifest.ts';
import { MovingError, type Taking } from './taking.ts';

/** Manifests in one transaction: some tens of milliseconds, which is how long a push may have to wait for it. */
export const MANIFESTS_PER_BATCH = 200;

/** Blobs that the manifests of one transaction name: each is locked, and PostgreSQL has some ten thousand locks in all. */
const BLOBS_PER_TRANSACTION = 1000;

/** How many manifests are read at once. */
const AT_ONCE = 16;

interface Placed extends ReadManifest {
  readonly depth: number;
}

/** Takes the manifests of one repository, with the blobs they name, by the rules of a push. */
export class ManifestIntake {
  readonly #taking: Taking;
  readonly #blobs: BlobIntake;
  readonly #repository: RepositoryName;
  /** Taken last, because what they name has to be here first. */
  readonly #indexes = new Set<Digest>();
  readonly #broken = new Set<Digest>();
  /** In a dry run: what would be here by now, with its depth. */
  readonly #rehearsed = new Map<Digest, number>();

  constructor(taking: Taking, blobs: BlobIntake, repository: RepositoryName) {
    this.#taking = taking;
    this.#blobs = blobs;
    this.#repository = repository;
  }

  /** Whether the source has it, and it could not be imported. */
  isBroken(digest: Digest): boolean {
    return this.#broken.has(digest);
  }

  /** Takes images at once; indexes wait for {@link finish}. At most {@link MANIFESTS_PER_BATCH}. */
  async take(digests: readonly Digest[]): Promise<void> {
    const { tally } = this.#taking;
    const here = await this.depths(digests);
    tally.skipped.manifests += here.size;
    tally.doneManifests += here.size;
    const images: Placed[] = [];
    await this.#readEach(
      digests.filter((digest) => !here.has(digest)),
      async (read) => {
        if (read.manifest.kind === 'index') this.#indexes.add(read.digest);
        else images.push({ ...read, depth: 0 });
      },
    );
    await this.#record(images);
  }

  /** Takes the indexes, those first that others name. */
  async finish(): Promise<void> {
    const waiting = this.#indexes;
    while (waiting.size > 0) {
      const before = waiting.size;
      const round = [...waiting];
      for (let start = 0; start < round.length; start += MANIFESTS_PER_BATCH) {
        await this.#takeIndexes(round.slice(start, start + MANIFESTS_PER_BATCH));
      }
      // A digest cannot name itself, not even in a circle.
      if (waiting.size === before) throw new Error(`the indexes of ${this.#repository} wait for each other`);
    }
  }

  /** Of those of these manifests that are in the repository: how deep they nest. */
  async depths(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, number>> {
    const { db } = this.#taking.parts;
    const repositoryId = await findRepositoryId(db, this.#repository);
    const recorded = repositoryId === undefined ? new Map() : await findDepths(db, repositoryId, digests);
    if (!this.#taking.options.dryRun) return recorded;
    const rehearsed = digests.flatMap((digest): [Digest, number][] => {
      const depth = this.#rehearsed.get(digest);
      return depth === undefined ? [] : [[digest, depth]];
    });
    return new Map([...recorded, ...rehearsed]);
  }

  async #takeIndexes(digests: readonly Digest[]): Promise<void> {
    const read: ReadManifest[] = [];
    await this.#readEach(digests, async (manifest) => void read.push(manifest));
    const depths = await this.depths(read.flatMap(({ manifest }) => childrenOf(manifest)));
    const placed: Placed[] = [];
    for (const index of read) {
      const children = childrenOf(index.manifest);
      if (children.some((child) => this.#indexes.has(child))) continue;
      const fault = this.#faultOfIndex(children, depths);
      if (fault === undefined) placed.push({ ...index, depth: depthOf(children, depths) });
      else await this.#refuse(index.digest, fault);
    }
    await this.#record(placed);
    for (const { digest } of placed) this.#indexes.delete(digest);
  }

  #faultOfIndex(children: readonly Digest[], depths: ReadonlyMap<Digest, number>): string | undefined {
    const { rules } = this.#taking.parts;
    const absent = rules.requireIndexChildren ? children.find((child) => !depths.has(child)) : undefined;
    if (absent !== undefined) return `it names ${absent}, which is not in the repository`;
    if (depthOf(children, depths) > rules.indexDepth) return `it is nested more than ${rules.indexDepth} deep`;
    return undefined;
  }

  async #readEach(digests: readonly Digest[], keep: (read: ReadManifest) => Promise<void>): Promise<void> {
    await forEachOf(digests, AT_ONCE, async (digest) => {
      this.#taking.signal.throwIfAborted();
      try {
        await keep(await readForeignManifest(this.#taking, digest));
      } catch (error) {
        if (!(error instanceof ForeignFaultError)) throw error;
        await this.#refuse(digest, error.message);
      }
    });
  }

  async #refuse(digest: Digest, fault: string): Promise<void> {
    const { tally } = this.#taking;
    this.#indexes.delete(digest);
    this.#broken.add(digest);
    tally.doneManifests += 1;
    const reason = `The manifest was not imported: ${fault}.`;
    await tally.found({ kind: 'manifest', repository: this.#repository, item: digest, reason });
  }

  async #record(manifests: readonly Placed[]): Promise<void> {
    const { tally, options } = this.#taking;
    const wanted = new Map<Digest, WantedBlob>();
    for (const blob of manifests.flatMap(blobsOf)) {
      if (wanted.get(blob.digest)?.isOptional !== false) wanted.set(blob.digest, blob);
    }
    const here = await this.#blobs.take(this.#repository, [...wanted.values()]);
    const whole: Placed[] = [];
    for (const manifest of manifests) {
      const absent = blobsOf(manifest).find(({ digest, isOptional }) => !isOptional && !here.has(digest));
      if (absent === undefined || !this.#taking.parts.rules.requireBlobs) whole.push(manifest);
      else await this.#refuse(manifest.digest, this.#without(absent.digest));
    }
    if (options.dryRun) for (const { digest, depth } of whole) this.#rehearsed.set(digest, depth);
    else for (const some of byBlobs(whole)) await this.#commit(some, here);
    tally.imported.manifests += whole.length;
    tally.doneManifests += whole.length;
  }

  #without(blob: Digest): string {
    return `it needs ${blob}, and ${this.#blobs.faultOf(blob) ?? 'that is missing in the source'}`;
  }

  async #commit(manifests: readonly Placed[], here: ReadonlySet<Digest>): Promise<void> {
    const { db, cache, now } = this.#taking.parts;
    const named = new Set(manifests.flatMap(blobsOf).map(({ digest }) => digest));
    const blobs = [...named].filter((digest) => here.has(digest));
    const details = await readForeignDetails(this.#taking, manifests);
    try {
      await db.transaction(async (tx) => {
        const contents = manifests.map(({ digest }) => manifestContentLock(digest));
        await tx.lock('shared', [repositoryLock(this.#repository), ...blobs.map(blobLock), ...contents]);
        const recorded = await findBlobs(tx, blobs);
        if (recorded.size < blobs.length) throw new MovingError(COLLECTED);
        const repositoryId = await ensureRepository(tx, this.#repository, now());
        const pushed = { manifests: manifests.map(sizeOf), tags: [], blobs };
        const actor = { ...(this.#taking.options.actor ?? systemActor('import')), cause: 'import' as const };
        const by = { actor, now: now() };
        await checkQuotas(tx, repositoryId, () => additionOf(tx, repositoryId, pushed), by);
        await saveLinks(tx, repositoryId, blobs, now());
        const rows = manifests.map((manifest) => ({
          row: rowOf(manifest, { repositoryId, depth: manifest.depth }),
          bytes: manifest.bytes,
          edges: edgesOf(manifest.manifest),
        }));
        await insertManifests(tx, rows, now());
        await saveManyImageDetails(tx, details);
      }, BATCH);
    } finally {
      cache.forget(this.#repository);
    }
  }
}

function sizeOf({ digest, bytes }: ReadManifest): { readonly digest: Digest; readonly size: number } {
  return { digest, size: bytes.byteLength };
}

/** A sentence for whoever collects with no time of grace while something moves in. */
const COLLECTED =
  'Garbage collection took a blob that had just been imported. Run the import again: it goes on from here.';

/** In groups that name few blobs, however many a single one names. */
function* byBlobs(manifests: readonly Placed[]): Generator<readonly Placed[]> {
  let group: Placed[] = [];
  let named = 0;
  for (const manifest of manifests) {
    const count = blobsOf(manifest).length;
    if (group.length > 0 && named + count > BLOBS_PER_TRANSACTION) {
      yield group;
      [group, named] = [[], 0];
    }
    group.push(manifest);
    named += count;
  }
  if (group.length > 0) yield group;
}

function depthOf(children: readonly Digest[], depths: ReadonlyMap<Digest, number>): number {
  return 1 + Math.max(0, ...children.map((child) => depths.get(child) ?? 0));
}
