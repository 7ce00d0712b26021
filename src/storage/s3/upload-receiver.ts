import { UploadTooLargeError, UploadUnknownError } from '../../oci/errors.ts';
import type { AppendOptions } from '../blob-store.ts';
import { readChunk, type ChunkEnd } from '../read-chunk.ts';
import { stillWorking } from '../still-working.ts';
import type { Bucket } from './bucket.ts';
import { objectKey, tailKey } from './layout.ts';
import { MAX_PARTS, type Multipart, type MultipartUploads } from './multipart-uploads.ts';
import { PartBuffer } from './part-buffer.ts';
import type { Filler, UploadMemory } from './upload-memory.ts';
import { digestSoFar, type UploadSession } from './upload-session.ts';
import { tailBytes, type UploadState } from './upload-state.ts';

export interface ReceiverParts {
  readonly bucket: Bucket;
  readonly multiparts: MultipartUploads;
  readonly memory: UploadMemory;
  readonly partBytes: number;
  /** Writes a note of what is safe now. */
  readonly note: (session: UploadSession, state: UploadState) => Promise<void>;
}

/** Parts of one upload on their way at once, while the next is filled. */
const MAX_SENDING = 2;
/** A node that dies costs its clients what came since the last note: 256 MiB. */
const PARTS_PER_NOTE = 16;

/** Receives one chunk of an upload that this node has claimed. */
export class UploadReceiver implements Filler {
  readonly #parts: ReceiverParts;
  readonly #session: UploadSession;
  readonly #before: UploadState;
  readonly #hashBefore: Bun.CryptoHasher | undefined;
  readonly #claim: number;
  readonly #partBytes: number;
  /** What is not sent yet; `undefined` until the first byte comes. */
  #rest: PartBuffer | undefined;
  #multipart: Multipart | undefined;
  readonly #etags: string[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #isNoted = false;

  constructor(parts: ReceiverParts, session: UploadSession) {
    this.#parts = parts;
    this.#session = session;
    this.#before = session.state;
    this.#hashBefore = session.hash?.copy();
    this.#claim = session.version;
    this.#multipart = session.state.parts;
    this.#partBytes = session.state.parts?.partBytes ?? parts.partBytes;
    this.#etags.push(...(session.state.parts?.etags ?? []));
  }

  get filledBytes(): number {
    return this.#rest?.size ?? 0;
  }

  /** When this resolves, what came is safe, and noted. When it throws, the upload is as it was before. */
  async receive(chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<ChunkEnd> {
    try {
      const mostBytes = MAX_PARTS * this.#partBytes;
      if (options.at + (options.exactBytes ?? 0) > mostBytes) throw new UploadTooLargeError(mostBytes);
      const { onProgress } = options;
      const end = await readChunk(chunk, options, (piece) => {
        const taken = this.#take(piece);
        return taken && stillWorking(onProgress, () => taken);
      });
      await stillWorking(onProgress, () => this.#finish());
      return end;
    } catch (error) {
      await this.#rollBack();
      throw error;
    } finally {
      this.#parts.memory.leave(this);
    }
  }

  #take(piece: Uint8Array): Promise<void> | undefined {
    if (this.#rest === undefined) return this.#prepare().then((rest) => this.#takeInto(rest, piece));
    return this.#takeInto(this.#rest, piece);
  }

  #takeInto(rest: PartBuffer, piece: Uint8Array): Promise<void> | undefined {
    this.#check();
    if (this.#etags.length + this.#sending.size >= MAX_PARTS) {
      throw new UploadTooLargeError(MAX_PARTS * this.#partBytes);
    }
    this.#session.hash?.update(piece);
    if (rest.size + piece.byteLength >= this.#partBytes) return this.#fill(rest, piece);
    this.#push(rest, piece);
    return this.#parts.memory.room(this);
  }

  #push(rest: PartBuffer, piece: Uint8Array): void {
    this.#parts.memory.add(piece.byteLength);
    rest.push(piece);
  }

  /** Fills parts and sends them. Pieces that go over an end are cut into copies, so that each buffer is of one part. */
  async #fill(first: PartBuffer, piece: Uint8Array): Promise<void> {
    let rest = first;
    let left = piece;
    while (rest.size + left.byteLength >= this.#partBytes) {
      const room = this.#partBytes - rest.size;
      this.#push(rest, room === left.byteLength ? left : left.slice(0, room));
      left = left.slice(room);
      await this.#send(rest);
      rest = new PartBuffer();
      this.#rest = rest;
    }
    this.#push(rest, left);
    await this.#parts.memory.room(this);
  }

  /** Brings back what follows the parts, and makes parts of what is one object. */
  async #prepare(): Promise<PartBuffer> {
    const { bucket } = this.#parts;
    const { whole, tail, offset } = this.#before;
    const kept = this.#session.takeKept();
    const rest = kept ?? new PartBuffer();
    this.#rest = rest;
    if (kept !== undefined || offset === 0) return rest;
    const copied = whole === undefined ? 0 : await this.#copyParts(whole, offset);
    const missing = whole === undefined ? tailBytes(this.#before) : offset - copied;
    if (missing === 0) return rest;
    const range = whole === undefined ? undefined : { first: copied, last: offset - 1 };
    const bytes = await bucket.read(whole ?? tail ?? '', { range, signal: this.#stop.signal });
    this.#push(rest, bytes);
    // All there is has come by here.
    if (missing === offset) this.#session.hash = new Bun.CryptoHasher(this.#before.algorithm).update(bytes);
    return rest;
  }

  /** @returns how many bytes of the object are parts now. */
  async #copyParts(key: string, sizeBytes: number): Promise<number> {
    const { bucket, multiparts } = this.#parts;
    const partBytes = this.#partBytes;
    const count = Math.floor(sizeBytes / partBytes);
    if (count === 0) return 0;
    const multipart = await this.#begun();
    const from = { bucket: bucket.name, key: bucket.at(key).Key };
    for (let i = 0; i < count; i += 1) {
      const range = { first: i * partBytes, last: (i + 1) * partBytes - 1 };
      this.#etags.push(await multiparts.copyPart(multipart, i + 1, { ...from, range }));
    }
    return count * partBytes;
  }

  async #send(part: PartBuffer): Promise<void> {
    const { multiparts, memory } = this.#parts;
    const multipart = await this.#begun();
    while (this.#sending.size >= MAX_SENDING) await Promise.race(this.#sending);
    this.#check();
    const size = part.size;
    const index = this.#etags.length;
    // Its place, so that the next one has another: parts may be taken in any order.
    this.#etags.push('');
    memory.sending(this, size);
    const sent = multiparts
      .sendPart(multipart, index + 1, part.payload(), this.#stop.signal)
      .then((etag) => void (this.#etags[index] = etag))
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => {
        part.release();
        memory.sent(size);
        this.#sending.delete(sent);
      });
    this.#sending.add(sent);
    if (this.#etags.length % PARTS_PER_NOTE === 0) await this.#noteParts(multipart);
  }

  async #begun(): Promise<Multipart> {
    this.#multipart ??= await this.#parts.multiparts.begin(objectKey(this.#session.id, this.#claim));
    return this.#multipart;
  }

  async #noteParts(multipart: Multipart): Promise<void> {
    await this.#settled();
    this.#isNoted = true;
    await this.#parts.note(this.#session, this.#stateWith(multipart, this.#etags.length * this.#partBytes));
  }

  /** Every part is with S3. */
  async #settled(): Promise<void> {
    await Promise.all(this.#sending);
    this.#check();
  }

  #check(): void {
    if (this.#session.isEnded) throw new UploadUnknownError(this.#session.id);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #finish(): Promise<void> {
    // Nobody waits for this client any more.
    this.#parts.memory.leave(this);
    const rest = this.#rest;
    if (rest === undefined) return this.#check();
    await this.#settled();
    const state = await this.#save(rest);
    this.#check();
    await this.#parts.note(this.#session, state);
    this.#session.keep(rest);
  }

  /** Puts what is left where any node finds it. */
  async #save(rest: PartBuffer): Promise<UploadState> {
    const { bucket } = this.#parts;
    const { id, hash } = this.#session;
    const { algorithm } = this.#before;
    const digest = digestSoFar(hash, algorithm);
    if (this.#multipart === undefined) {
      const whole = objectKey(id, this.#claim);
      await bucket.put(whole, rest.payload(), this.#stop.signal);
      return { algorithm, offset: rest.size, digest, whole };
    }
    const state = this.#stateWith(this.#multipart, this.#etags.length * this.#partBytes + rest.size);
    if (rest.size === 0) return { ...state, digest };
    const tail = tailKey(id, this.#claim);
    await bucket.put(tail, rest.payload(), this.#stop.signal);
    return { ...state, digest, tail };
  }

  #stateWith({ key, id }: Multipart, offset: number): UploadState {
    const parts = { key, id, partBytes: this.#partBytes, etags: [...this.#etags] };
    return { algorithm: this.#before.algorithm, offset, parts };
  }

  /** What was safe before still is: it is only taken away once the next note is written. */
  async #rollBack(): Promise<void> {
    const { multiparts, memory, note } = this.#parts;
    this.#stop.abort(new Error('the chunk is rolled back'));
    await Promise.all(this.#sending);
    if (this.#rest !== undefined) {
      memory.give(this.#rest.size);
      this.#rest.release();
    }
    const session = this.#session;
    session.hash = this.#hashBefore;
    session.state = this.#before;
    // When this fails, too, another node has the upload, or it is over, or S3 keeps a little more than it should.
    if (this.#isNoted) await note(session, this.#before).catch(() => session.forget());
    const begun = this.#multipart;
    if (begun !== undefined && begun.id !== this.#before.parts?.id) await multiparts.abort(begun).catch(() => {});
  }
}
