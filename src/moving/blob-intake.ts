import { isForgottenSince } from '../metadata/forgotten-blobs.ts';
import { findBlobs, insertBlobs } from '../metadata/many-rows.ts';
import type { BlobRow } from '../metadata/blobs.ts';
import { blobLock } from '../metadata/locks.ts';
import { algorithmOf, parseDigest, type Digest } from '../oci/digest.ts';
import { ContentMissingError, DigestInvalidError } from '../oci/errors.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { AdoptedBy, AdoptedContent, StorageKey } from '../storage/blob-store.ts';
import { BATCH } from './batch-durability.ts';
import { forEachOf } from './batches.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import { MovingError, type Taking } from './taking.ts';

/** A blob that somebody named. */
export interface WantedBlob {
  readonly digest: Digest;
  /** In bytes, as a manifest says; `undefined` where nobody says. */
  readonly size: number | undefined;
  /** Nothing is broken without it, such as a layer that clients fetch from elsewhere. */
  readonly isOptional: boolean;
}

interface AdoptedRow extends BlobRow {
  readonly by: AdoptedBy;
}

/** Enough to keep the hashing threads and the disk busy. */
const AT_ONCE = 16;

/**
 * How long bytes lie without a row, in milliseconds. Garbage collection takes for a leftover of a crash what does so for
 * its time of grace, which is a minute at least; the blobs of one batch may take hours.
 */
const UNRECORDED_MILLISECONDS = 10_000;

/** In one transaction. PostgreSQL keeps some ten thousand locks for all of them together. */
const RECORDED_AT_ONCE = 1000;

/** Takes blobs from one source into the store, and records them. Who may serve them is for others to say. */
export class BlobIntake {
  readonly #taking: Taking;
  readonly #unrecordedMilliseconds: number;
  /** Why a blob did not come: it is not read again for the next manifest that names it. Grows with what is broken. */
  readonly #faults = new Map<Digest, string>();
  /** In a dry run nothing is recorded; this is the beginning of each digest that was looked at, as a number. */
  readonly #rehearsed = new Set<number>();

  constructor(taking: Taking, unrecordedMilliseconds = UNRECORDED_MILLISECONDS) {
    this.#taking = taking;
    this.#unrecordedMilliseconds = unrecordedMilliseconds;
  }

  /** Why this blob cannot be had; the end of a sentence. */
  faultOf(digest: Digest): string | undefined {
    return this.#faults.get(digest);
  }

  /** @returns those that are recorded now. In a dry run: that would be. */
  async take(repository: RepositoryName, wanted: readonly WantedBlob[]): Promise<ReadonlySet<Digest>> {
    const { parts, signal } = this.#taking;
    const recorded = await findBlobs(
      parts.db,
      wanted.map(({ digest }) => digest),
    );
    const here = new Set<Digest>(recorded.keys());
    const missing = wanted.filter(({ digest }) => !here.has(digest) && !this.#faults.has(digest));
    const adopted: AdoptedRow[] = [];
    let recording = Promise.resolve();
    const record = (): Promise<void> => {
      recording = recording.then(() => this.#record(adopted.splice(0)));
      return recording;
    };
    // A failure is told to the next blob.
    const timer = setInterval(() => void record().catch(() => undefined), this.#unrecordedMilliseconds);
    try {
      await forEachOf(missing, AT_ONCE, async (blob) => {
        signal.throwIfAborted();
        await recording;
        const row = await this.#takeOne(repository, blob);
        if (row !== undefined) here.add(blob.digest);
        if (row !== undefined && row !== 'recorded') adopted.push(row);
      });
    } finally {
      clearInterval(timer);
      // Also when it was interrupted: what was hashed once need not be hashed again.
      await record();
    }
    return here;
  }

  async #takeOne(repository: RepositoryName, blob: WantedBlob): Promise<AdoptedRow | 'recorded' | undefined> {
    const { source, options, tally } = this.#taking;
    const { digest } = blob;
    try {
      const size = await source.size(digest);
      if (size === undefined && blob.isOptional) return undefined;
      if (size === undefined) throw new ForeignFaultError('its bytes are missing in the source');
      if (options.verify === 'manifests' && blob.size !== undefined && blob.size !== size) {
        throw new ForeignFaultError(`it has ${size} bytes, and its manifest says ${blob.size}`);
      }
      const row = options.dryRun ? await this.#rehearse(digest, size) : await this.#bring(repository, digest, size);
      return row;
    } catch (error) {
      const fault = await this.#asFault(digest, error);
      this.#faults.set(digest, fault);
      await tally.found({ kind: 'blob', repository, item: digest, reason: `The blob was not imported: ${fault}.` });
      return undefined;
    }
  }

  async #bring(repository: RepositoryName, digest: Digest, size: number): Promise<AdoptedRow | 'recorded'> {
    const { tally } = this.#taking;
    const adopted = await this.#adopt(digest, size);
    if (adopted === undefined) await this.#send(repository, digest, size);
    tally.imported.blobs += 1;
    tally.imported.bytes += size;
    tally.ways[adopted?.by ?? 'copied'] += 1;
    return adopted === undefined ? 'recorded' : { digest, size, storageKey: adopted.key, by: adopted.by };
  }

  async #adopt(digest: Digest, size: number): Promise<AdoptedContent | undefined> {
    const { parts, source, options } = this.#taking;
    const content = options.transfer === 'copy' ? undefined : source.content(digest);
    if (content === undefined) return undefined;
    const adopted = await parts.store.adoption?.adopt(content, { digest, size }, options.verify === 'manifests');
    if (adopted?.by === 'in-place' && (await this.#isSwept(adopted))) return undefined;
    if (options.transfer !== 'link' || (adopted !== undefined && adopted.by !== 'copied')) return adopted;
    if (adopted !== undefined) await parts.store.delete(adopted.key);
    throw new MovingError(
      'No links can be made from there to here: another file system, or files of another owner. Without --link, the bytes are copied.',
    );
  }

  /**
   * Whether garbage collection forgot the object in its place, when a fact named it before: its sweep deletes it soon, or
   * did since we looked at it. The sweep forgets what it deleted afterwards, so we ask in this order.
   */
  async #isSwept({ key }: AdoptedContent): Promise<boolean> {
    const { db, store } = this.#taking.parts;
    return (await isForgottenSince(db, key, new Date(0))) || (await store.size(key)) === undefined;
  }

  /** As a client would: hashed while it arrives, recorded and linked. */
  async #send(repository: RepositoryName, digest: Digest, size: number): Promise<void> {
    const { parts, source, signal } = this.#taking;
    await parts.uploads.push(repository, digest, { body: source.stream(digest), exactBytes: size, signal });
  }

  async #rehearse(digest: Digest, size: number): Promise<'recorded'> {
    const { options, tally, source } = this.#taking;
    const mark = parseInt(digest.slice(digest.indexOf(':') + 1).slice(0, 13), 16);
    if (this.#rehearsed.has(mark)) return 'recorded';
    if (options.verify === 'full') {
      const actual = await digestOfStream(source.stream(digest), digest);
      if (actual !== digest) throw new ForeignFaultError(`its bytes are ${actual}`);
    }
    this.#rehearsed.add(mark);
    tally.imported.blobs += 1;
    tally.imported.bytes += size;
    return 'recorded';
  }

  /** A copy that somebody else recorded meanwhile stays, and ours goes; an object in its place is nobody's copy. */
  async #record(rows: readonly AdoptedRow[]): Promise<void> {
    for (let start = 0; start < rows.length; start += RECORDED_AT_ONCE) {
      await this.#recordSome(rows.slice(start, start + RECORDED_AT_ONCE));
    }
  }

  async #recordSome(rows: readonly AdoptedRow[]): Promise<void> {
    const { db, store, now } = this.#taking.parts;
    const inserted = await db.transaction(async (tx) => {
      await tx.lock(
        'exclusive',
        rows.map(({ digest }) => blobLock(digest)),
      );
      return insertBlobs(tx, rows, now());
    }, BATCH);
    for (const { digest, storageKey, by } of rows) {
      if (!inserted.has(digest) && by !== 'in-place') await store.delete(storageKey as StorageKey); // made by this very store
    }
  }

  /** What is wrong with one blob, as the end of a sentence. @throws what is wrong with more than that. */
  async #asFault(digest: Digest, error: unknown): Promise<string> {
    if (error instanceof ForeignFaultError) return error.message;
    if (error instanceof ContentMissingError) return 'its bytes are missing in the source, or may not be read';
    if (!(error instanceof DigestInvalidError)) throw error;
    return `its bytes are ${await digestOfStream(this.#taking.source.stream(digest), digest)}`;
  }
}

/** Reads it all, a piece at a time. */
async function digestOfStream(stream: ReadableStream<Uint8Array>, like: Digest): Promise<Digest> {
  const algorithm = algorithmOf(like);
  const hasher = new Bun.CryptoHasher(algorithm);
  for await (const piece of stream) hasher.update(piece);
  return parseDigest(`${algorithm}:${hasher.digest('hex')}`);
}
