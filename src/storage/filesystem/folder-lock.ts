import { Database, SQLiteError } from 'bun:sqlite';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

/** Held by the operating system for as long as the process lives, however it ends. */
export interface FolderLock {
  /** Lets another process have the folder. Releasing twice is harmless. */
  release(): Promise<void>;
}

/** Another process works with the folder. Two would each trust what they remember of it, and one of them be wrong. */
export class FolderInUseError extends Error {
  readonly folder: string;
  /** For people: `process 17 on host`. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(`${folder} is used by ${holder}: stop that one first, or choose another folder`);
    this.name = new.target.name;
    this.folder = folder;
    this.holder = holder;
  }
}

/** A database that nothing refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<Database>();

/**
 * Takes a folder for this process, and makes it when it is not there.
 *
 * The lock is the one that SQLite takes on a file: portable, kept by the kernel, gone with the process even after SIGKILL,
 * and seen by other containers of the same machine that share the volume. Two files lie in the folder for it:
 *
 *     lock.db        what is locked; always empty
 *     lock.holder    for people: who has it, or had it last
 *
 * Nobody else may open `lock.db`: closing any handle on a file drops the locks that a process has on it (POSIX).
 *
 * @throws {FolderInUseError} another process, or another caller in this one, has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = resolve(folder);
  // What lies here, passwords' hashes among it, is for nobody else. Who made the folder himself decided himself.
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lock = new Database(join(path, 'lock.db'), { create: true });
  const holderFile = join(path, 'lock.holder');
  try {
    lock.run('PRAGMA busy_timeout = 0');
    // The journal would be a third file; nothing is ever written that could need it.
    lock.run('PRAGMA journal_mode = MEMORY');
    lock.run('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof SQLiteError && error.code === 'SQLITE_BUSY') {
      throw new FolderInUseError(path, await readHolder(holderFile));
    }
    throw error;
  }
  held.add(lock);
  await writeFile(holderFile, `process ${process.pid} on ${hostname()}\n`);
  return {
    async release() {
      await rm(holderFile, { force: true });
      lock.close();
      held.delete(lock);
    },
  };
}

async function readHolder(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim() || 'another process';
  } catch {
    // The holder is between taking the lock and saying so.
    return 'another process';
  }
}
