import { algorithmOf, parseDigest, type Digest, type DigestAlgorithm } from '../../oci/digest.ts';
import { DigestInvalidError, UploadOffsetError, UploadUnknownError } from '../../oci/errors.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type { AppendOptions, StoredContent, UploadStore } from '../blob-store.ts';
import type { UploadNotes } from '../upload-notes.ts';
import type { Bucket } from './bucket.ts';
import { BLOBS, objectKey, objectsOf, tailsOf, uploadOf, UPLOADS } from './layout.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { PartBuffer } from './part-buffer.ts';
import { UploadMemory } from './upload-memory.ts';
import { UploadReceiver } from './upload-receiver.ts';
import { UploadSession, UploadSessions } from './upload-session.ts';
import { contentOf, emptyState, noteOf, stateOf, tailBytes, type Parts, type UploadState } from './upload-state.ts';

export interface S3UploadsParts {
  readonly bucket: Bucket;
  readonly notes: UploadNotes;
  /** The size of a part, in bytes. S3 takes none below 5 MiB. */
  readonly partBytes: number;
  /** For all uploads together. */
  readonly memoryBytes: number;
  readonly onCommit: (sizeBytes: number) => void;
}

/** Bytes on their way in: what any node needs to go on with them is in S3 and in the note of each upload. */
export class S3Uploads implements UploadStore {
  readonly #bucket: Bucket;
  readonly #multiparts: MultipartUploads;
  readonly #notes: UploadNotes;
  readonly #memory: UploadMemory;
  readonly #partBytes: number;
  readonly #onCommit: (sizeBytes: number) => void;
  readonly #sessions = new UploadSessions();
  readonly #removing = new Set<Promise<void>>();

  constructor({ bucket, notes, partBytes, memoryBytes, onCommit }: S3UploadsParts) {
    this.#bucket = bucket;
    this.#multiparts = new MultipartUploads(bucket);
    this.#notes = notes;
    this.#memory = new UploadMemory(memoryBytes);
    this.#partBytes = partBytes;
    this.#onCommit = onCommit;
  }

  /** The session is there before: see {@link UploadNotes}. Without a note it is an empty one. */
  async create(id: UploadId, algorithm: DigestAlgorithm = 'sha256'): Promise<void> {
    const session = new UploadSession(id, { state: emptyState(algorithm), version: 0, memory: this.#memory });
    if (algorithm !== 'sha256') await this.#note(session, session.state);
    this.#sessions.remember(session);
  }

  async offset(id: UploadId): Promise<number> {
    const { state } = await this.#current(id);
    return state.offset;
  }

  async append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number> {
    const session = await this.#current(id);
    if (session.state.committed !== undefined) throw new UploadUnknownError(id);
    if (options.at !== session.state.offset) throw new UploadOffsetError(session.state.offset);
    await this.#note(session, session.state);
    const receiver = new UploadReceiver(
      {
        bucket: this.#bucket,
        multiparts: this.#multiparts,
        memory: this.#memory,
        partBytes: this.#partBytes,
        note: (noted, state) => this.#note(noted, state),
      },
      session,
    );
    const before = session.state;
    const end = await receiver.receive(chunk, options);
    this.#removeReplaced(before, session.state);
    this.#sessions.remember(session);
    if (!end.complete) throw end.reason;
    return session.state.offset;
  }

  /**
   * Says that it commits before it does, so that no other node takes the upload up meanwhile. Who comes again after a
   * failure in between finds that note, and does the rest.
   */
  async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const session = await this.#current(id);
    const { state } = session;
    if (state.committed !== undefined && state.committed !== digest) throw new UploadUnknownError(id);
    const isKnown = state.digest !== undefined && algorithmOf(digest) === state.algorithm;
    if (isKnown && state.digest !== digest) throw wrongDigest(digest);
    const key = isKnown ? await this.#commitKnown(session, digest) : await this.#commitUnknown(session, digest);
    this.#removeReplaced(state, { ...session.state, tail: undefined });
    this.#sessions.forget(id);
    this.#onCommit(state.offset);
    return contentOf(state, digest, key);
  }

  /**
   * What is under way goes. An object that has all the bytes stays: another node may just have committed it, and if not,
   * the sweep of what nobody names finds it.
   */
  async abort(id: UploadId, lastNote?: string): Promise<void> {
    const session = this.#sessions.use(id);
    if (session !== undefined) session.isEnded = true;
    this.#sessions.forget(id);
    const known = [session?.state, lastNote === undefined ? undefined : stateOf(id, lastNote)];
    for (const state of known) {
      if (state?.parts !== undefined) await this.#multiparts.abort(state.parts);
      if (state?.tail !== undefined) await this.#bucket.delete(state.tail);
    }
    if (lastNote === undefined) await this.#removeRemains(id);
  }

  /** Only what nobody works on is listed twice, and who ends a session asks when its last note was written. */
  async *listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    const before = Date.now() - idleSeconds * 1000;
    const ids = new Set<UploadId>();
    const add = (key: string, since: Date | undefined): void => {
      const id = uploadOf(key);
      if (id !== undefined && (since?.getTime() ?? Infinity) <= before) ids.add(id);
    };
    for await (const { key, begun } of this.#multiparts.list(BLOBS)) add(key, begun);
    for await (const { key, modified } of this.#bucket.list(UPLOADS)) add(key, modified);
    yield* ids;
  }

  async close(): Promise<void> {
    await Promise.all(this.#removing);
  }

  /** As the last note has it, with what this node has in memory where nobody else wrote since. */
  async #current(id: UploadId): Promise<UploadSession> {
    const { text, version } = await this.#notes.read(id).catch((error: unknown) => {
      this.#sessions.forget(id);
      throw error;
    });
    const known = this.#sessions.use(id);
    if (known?.version === version && !known.isEnded) return known;
    this.#sessions.forget(id);
    const state = text === undefined ? emptyState('sha256') : stateOf(id, text);
    const session = new UploadSession(id, { state, version, memory: this.#memory });
    this.#sessions.remember(session);
    return session;
  }

  /** @throws {UploadTakenOverError} */
  async #note(session: UploadSession, state: UploadState): Promise<void> {
    session.version = await this.#notes.write(session.id, noteOf(state), session.version);
    session.state = state;
  }

  async #commitKnown(session: UploadSession, digest: Digest): Promise<string> {
    const { state } = session;
    if (state.committed === undefined) await this.#note(session, { ...state, committed: digest });
    return this.#makeWhole(session);
  }

  /** Not all of it came by one node, or it was hashed with something else: read back what is one object now. */
  async #commitUnknown(session: UploadSession, digest: Digest): Promise<string> {
    const { state } = session;
    if (state.whole === undefined) await this.#note(session, state);
    const whole = await this.#makeWhole(session);
    const actual = await this.#digestOf(whole, algorithmOf(digest));
    const { algorithm, offset } = state;
    const isRight = actual === digest;
    const known = state.digest ?? (algorithmOf(digest) === algorithm ? actual : undefined);
    await this.#note(session, { algorithm, offset, digest: known, whole, ...(isRight && { committed: digest }) });
    if (isRight) return whole;
    this.#removeReplaced(state, session.state);
    throw wrongDigest(digest);
  }

  /** @returns the key of the object that has all the bytes. May be done again. */
  async #makeWhole(session: UploadSession): Promise<string> {
    const { state, id, version } = session;
    const { whole, parts } = state;
    if (whole !== undefined) return whole;
    if (parts !== undefined) return await this.#complete(session, parts);
    const key = objectKey(id, version);
    await this.#bucket.put(key, new PartBuffer().payload());
    return key;
  }

  async #complete(session: UploadSession, parts: Parts): Promise<string> {
    const { state } = session;
    try {
      const last = tailBytes(state) === 0 ? [] : [await this.#sendLast(session, parts)];
      await this.#multiparts.complete(parts, [...parts.etags, ...last]);
    } catch (error) {
      if (!(error instanceof UploadUnknownError)) throw error;
      // It may be so because it is done: the reply was lost, to us or to a node that died.
      const facts = await this.#bucket.head(parts.key);
      if (facts?.size !== state.offset) throw error;
    }
    return parts.key;
  }

  /** What follows the parts becomes the last of them. */
  async #sendLast(session: UploadSession, parts: Parts): Promise<string> {
    const number = parts.etags.length + 1;
    const kept = session.takeKept();
    if (kept !== undefined) {
      try {
        return await this.#multiparts.sendPart(parts, number, kept.payload());
      } finally {
        session.keep(kept);
      }
    }
    const from = { bucket: this.#bucket.name, key: this.#bucket.at(session.state.tail ?? '').Key };
    return await this.#multiparts.copyPart(parts, number, from);
  }

  async #digestOf(key: string, algorithm: DigestAlgorithm): Promise<Digest> {
    const hash = new Bun.CryptoHasher(algorithm);
    const { stream } = await this.#bucket.open(key);
    for await (const piece of stream) hash.update(piece);
    return parseDigest(`${algorithm}:${hash.digest('hex')}`);
  }

  /** Objects that the last note named and this one does not. When that fails, they are found as remains. */
  #removeReplaced(before: UploadState, now: UploadState): void {
    for (const key of [before.whole, before.tail]) {
      if (key === undefined || key === now.whole || key === now.tail) continue;
      const removed = this.#bucket
        .delete(key)
        .catch(() => {})
        .finally(() => this.#removing.delete(removed));
      this.#removing.add(removed);
    }
  }

  /** What an upload left that nobody has a note of. */
  async #removeRemains(id: UploadId): Promise<void> {
    for await (const multipart of this.#multiparts.list(objectsOf(id))) await this.#multiparts.abort(multipart);
    const keys: string[] = [];
    for await (const { key } of this.#bucket.list(tailsOf(id))) keys.push(key);
    await this.#bucket.deleteMany(keys);
  }
}

function wrongDigest(digest: Digest): DigestInvalidError {
  return new DigestInvalidError('what was received has another digest', digest);
}
