import { watch, type FSWatcher } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseHtpasswd, type Htpasswd, type HtpasswdEntry } from './htpasswd.ts';

/** The users of an htpasswd file, as it is now. */
export interface HtpasswdUsers {
  find(name: string): HtpasswdEntry | undefined;
  entries(): Iterable<HtpasswdEntry>;
}

export const NO_HTPASSWD_USERS: HtpasswdUsers = { find: () => undefined, entries: () => [] };

export interface HtpasswdFileOptions {
  readonly path: string;
  /** The file was read again, and says something else. */
  readonly onChange: () => void | Promise<void>;
  /** A sentence for the log. It has the path and a line number, never what the line says. */
  readonly onProblem: (message: string) => void;
  /** How often the file is looked at where no notice of a change reaches us (a network folder, a link). Default 10. */
  readonly pollSeconds?: number;
}

/** Far more than any real file; a path to something else must not fill the memory. */
const MAX_BYTES = 10_485_760;

/** Kubernetes keeps what it mounts behind a link of this name, and swaps the link. */
const KUBERNETES_LINK = '..data';

/** Some editors and `htpasswd` itself empty the file and write it again: what is seen in between is nobody's intent. */
const SETTLE_MILLISECONDS = 100;

const ABSENT = 'absent';
const EMPTY: Htpasswd = { entries: new Map(), problems: [] };

/**
 * An htpasswd file, read at once and again whenever it changes: edited in place, renamed over, or swapped by a link
 * (Kubernetes secrets). A file that is gone has no users; one that cannot be read keeps those it had.
 */
export class HtpasswdFile implements HtpasswdUsers {
  readonly #options: HtpasswdFileOptions;
  readonly #poll: ReturnType<typeof setInterval>;
  #watcher: FSWatcher | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #checking: Promise<void> = Promise.resolve();
  #version: string | undefined;
  #failure: string | undefined;
  #htpasswd: Htpasswd = EMPTY;

  private constructor(options: HtpasswdFileOptions) {
    this.#options = options;
    this.#poll = setInterval(() => void this.#check(), (options.pollSeconds ?? 10) * 1000);
    this.#poll.unref();
  }

  static async open(options: HtpasswdFileOptions): Promise<HtpasswdFile> {
    const file = new HtpasswdFile(options);
    // Watched before it is read, so that no change falls between.
    file.#watch();
    await file.reload();
    return file;
  }

  find(name: string): HtpasswdEntry | undefined {
    return this.#htpasswd.entries.get(name);
  }

  entries(): Iterable<HtpasswdEntry> {
    return this.#htpasswd.entries.values();
  }

  /** Reads the file now, whether or not it seems to have changed. */
  async reload(): Promise<void> {
    this.#version = undefined;
    await this.#check();
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    this.#watcher?.close();
    await this.#checking;
  }

  /** The folder is watched and not the file, because a rename puts another file in its place. */
  #watch(): void {
    try {
      const name = basename(this.#options.path);
      this.#watcher = watch(dirname(this.#options.path), { persistent: false }, (_event, changed) => {
        if (changed === null || changed === name || changed.startsWith(KUBERNETES_LINK)) this.#settle();
      });
      this.#watcher.on('error', () => this.#watcher?.close()); // looking at it from time to time remains
    } catch {
      // No such folder yet: looking at it from time to time remains.
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#check(), SETTLE_MILLISECONDS);
    this.#settling.unref();
  }

  /** One at a time, so that an old reading never overwrites a newer one. */
  #check(): Promise<void> {
    this.#checking = this.#checking.then(() => this.#readIfChanged());
    return this.#checking;
  }

  async #readIfChanged(): Promise<void> {
    const { path, onProblem, onChange } = this.#options;
    try {
      if (await this.#readAgain()) await onChange();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#failure !== reason) onProblem(`${path} cannot be taken over: ${reason}`);
      this.#failure = reason;
      this.#version = undefined;
    }
  }

  /** @returns whether the users are others than before. When it throws, they are as they were. */
  async #readAgain(): Promise<boolean> {
    const { path, onProblem } = this.#options;
    const version = await versionOf(path);
    if (version === this.#version) return false;
    const next = version === ABSENT ? EMPTY : parseHtpasswd(await readFile(path, 'utf8'));
    if (version === ABSENT) onProblem(`${path}: there is no such file, so it has no users`);
    for (const { line, message } of next.problems) onProblem(`${path}, line ${line}: ${message}`);
    const isSame = sameEntries(next, this.#htpasswd);
    this.#htpasswd = next;
    this.#version = version;
    this.#failure = undefined;
    return !isSame;
  }
}

/** Tells one state of the file from another, following links. */
async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return `${mtimeNs}/${ctimeNs}/${size}/${ino}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ABSENT;
    throw error;
  }
}

function sameEntries(first: Htpasswd, second: Htpasswd): boolean {
  if (first.entries.size !== second.entries.size) return false;
  for (const { name, generation } of first.entries.values()) {
    if (second.entries.get(name)?.generation !== generation) return false;
  }
  return true;
}
