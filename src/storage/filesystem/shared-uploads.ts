import { randomBytes, randomUUID } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../../oci/digest.ts';
import { UploadOffsetError, UploadUnknownError } from '../../oci/errors.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type { AppendOptions, StoredContent, UploadStore } from '../blob-store.ts';
import { UploadTakenOverError, type UploadNotes } from '../upload-notes.ts';
import { sharedKeyFor } from './layout.ts';
import type { UploadFiles } from './upload-files.ts';

/** What nodes tell each other of an upload. */
interface State {
  /** Ends the name of its file; empty for the first one. */
  readonly suffix: string;
  /** In bytes; what counts as long as nobody is writing. */
  readonly offset: number;
  /** Who is writing. One that died is for ever. */
  readonly writer?: string;
}

interface Noted {
  /** `undefined`: nobody wrote anything yet. */
  readonly state: State | undefined;
  readonly version: number;
}

/** An upload that this node works on. */
interface Turn {
  readonly name: UploadId;
  readonly state: State;
  version: number;
}

/** How often a node says that it still works on an upload, in seconds: what is not noted for long expires. */
const NOTE_SECONDS = 20;

/** Uploads beyond these are looked up in the folder again. */
const MOST_REMEMBERED = 10_000;

/**
 * Uploads in a folder that several nodes share, as over NFS. Each file has one writer from the moment it begins to the
 * note by which it lets go. A node that goes on with an upload while the last one has not let go (it died, or its client
 * came here instead) copies what is there into a file of its own: whatever the other one still writes lands in a file
 * that nobody reads, and what it commits is what it alone wrote.
 */
export class SharedUploads implements UploadStore {
  readonly #files: UploadFiles;
  readonly #notes: UploadNotes;
  readonly #node = randomUUID();
  readonly #noteSeconds: number;
  /** The version of the note by which this node let go of an upload: if it is the last one, what it remembers holds. */
  readonly #versions = new Map<UploadId, number>();

  constructor(files: UploadFiles, notes: UploadNotes, noteSeconds = NOTE_SECONDS) {
    this.#files = files;
    this.#notes = notes;
    this.#noteSeconds = noteSeconds;
  }

  async create(id: UploadId, algorithm?: DigestAlgorithm): Promise<void> {
    await this.#files.create(id, algorithm);
    this.#remember(id, 0);
  }

  async offset(id: UploadId): Promise<number> {
    return this.#offsetOf(id, (await this.#read(id)).state);
  }

  async append(id: UploadId, chunk: ReadableStream<Uint8Array>, options: AppendOptions): Promise<number> {
    const noted = await this.#read(id);
    const offset = await this.#offsetOf(id, noted.state);
    // Before anything is taken from whoever may be at work.
    if (options.at !== offset) throw new UploadOffsetError(offset);
    const turn = await this.#take(id, noted);
    await this.#work(id, turn, (lost) => {
      const signal = AbortSignal.any([options.signal, lost]);
      return this.#files.append(turn.name, chunk, { ...options, signal });
    });
    await this.#letGo(id, turn);
    return this.#files.offset(turn.name);
  }

  async commit(id: UploadId, digest: Digest): Promise<StoredContent> {
    const turn = await this.#take(id, await this.#read(id));
    // The last note says that somebody is at work, until the session ends with the row that names the copy.
    const stored = await this.#work(id, turn, () => this.#files.commit(turn.name, digest, sharedKeyFor(digest, id)));
    this.#versions.delete(id);
    return stored;
  }

  async abort(id: UploadId): Promise<void> {
    this.#versions.delete(id);
    for (const name of await this.#files.namesOf(id)) await this.#files.abort(name);
  }

  listIdle(idleSeconds: number): AsyncIterable<UploadId> {
    return this.#files.listIdle(idleSeconds);
  }

  async #read(id: UploadId): Promise<Noted> {
    const { text, version } = await this.#notes.read(id);
    return { state: text === undefined ? undefined : (JSON.parse(text) as State), version }; // what we wrote
  }

  #offsetOf(id: UploadId, state: State | undefined): Promise<number> | number {
    if (state !== undefined && state.writer === undefined) return state.offset;
    return named(id, () => this.#files.size(nameOf(id, state?.suffix)));
  }

  /** @throws {UploadTakenOverError} another node was quicker. */
  async #take(id: UploadId, { state, version }: Noted): Promise<Turn> {
    const offset = await this.#offsetOf(id, state);
    const before = nameOf(id, state?.suffix);
    const isLeft = state?.writer === undefined || state.writer === this.#node;
    const suffix = isLeft ? (state?.suffix ?? '') : randomBytes(4).toString('hex');
    const name = nameOf(id, suffix);
    if (!isLeft) await named(id, () => this.#files.copy(before, name, offset));
    const taken = { suffix, offset, writer: this.#node };
    try {
      const turn = { name, state: taken, version: await this.#notes.write(id, JSON.stringify(taken), version) };
      const isKnown = isLeft && state?.writer === undefined && this.#versions.get(id) === version;
      if (!isKnown) this.#files.resume(name, offset);
      if (!isLeft) await this.#files.abort(before);
      return turn;
    } catch (error) {
      if (!isLeft) await this.#files.abort(name);
      throw error;
    }
  }

  /** Works until it is done, or another node does. When it fails, lets go, so that the client can go on anywhere. */
  async #work<Result>(id: UploadId, turn: Turn, work: (lost: AbortSignal) => Promise<Result>): Promise<Result> {
    try {
      return await named(id, () => this.#noting(id, turn, work));
    } catch (error) {
      // What led here is what is told, whether or not somebody hears that we let go.
      if (isOver(error)) this.#versions.delete(id);
      else await this.#letGo(id, turn).catch(() => this.#versions.delete(id));
      throw error;
    }
  }

  /** Says again and again that this node is at work, and aborts `lost` when another one is, or the session is over. */
  async #noting<Result>(id: UploadId, turn: Turn, work: (lost: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    let noting: Promise<void> | undefined;
    const note = async (): Promise<void> => {
      try {
        await this.#note(id, turn, turn.state);
      } catch (error) {
        // A database that is away may be back before anybody else comes.
        if (isOver(error)) controller.abort(error);
      }
    };
    const timer = setInterval(() => {
      noting ??= note().finally(() => {
        noting = undefined;
      });
    }, this.#noteSeconds * 1000);
    try {
      return await work(controller.signal);
    } finally {
      clearInterval(timer);
      await noting;
    }
  }

  /** What was received is in the file, and nothing more will be written. */
  async #letGo(id: UploadId, turn: Turn): Promise<void> {
    const { suffix } = turn.state;
    await this.#note(id, turn, { suffix, offset: await this.#files.offset(turn.name) });
    this.#remember(id, turn.version);
  }

  async #note(id: UploadId, turn: Turn, state: State): Promise<void> {
    turn.version = await this.#notes.write(id, JSON.stringify(state), turn.version);
  }

  #remember(id: UploadId, version: number): void {
    this.#versions.delete(id);
    this.#versions.set(id, version);
    if (this.#versions.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }
}

/** Another node has the upload, or nobody. */
function isOver(error: unknown): boolean {
  return error instanceof UploadTakenOverError || error instanceof UploadUnknownError;
}

/** What `uploads/` calls it: {@link UploadFiles} takes the name of a file for the id of an upload. */
function nameOf(id: UploadId, suffix = ''): UploadId {
  return (suffix === '' ? id : `${id}.${suffix}`) as UploadId;
}

/** An upload is unknown by its id, whatever its file is called. */
async function named<Result>(id: UploadId, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof UploadUnknownError ? new UploadUnknownError(id) : error;
  }
}
