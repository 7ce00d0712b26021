import { availableParallelism } from 'node:os';
import type { DigestAlgorithm } from '../../../oci/digest.ts';
import type { FollowedFile } from './disk-jobs.ts';
import { DiskThread, DiskThreadLostError } from './disk-thread.ts';

/** More threads hash faster than any network brings bytes (1.5 GB/s each). */
const MAX_HASHING_THREADS = 4;

let lastHash = 0;

/** The threads of one store: some that hash, and one that waits for the disk. Each costs 2 to 4 MB once it runs. */
export class DiskThreads {
  readonly #hashing: readonly HashingThread[] = Array.from(
    { length: Math.min(MAX_HASHING_THREADS, availableParallelism()) },
    () => ({ thread: new DiskThread(), files: 0 }),
  );
  readonly #flushing = new DiskThread();

  /** Begins to hash a file while it grows. */
  follow(path: string, algorithm: DigestAlgorithm): FollowedHash {
    const leastBusy = this.#hashing.reduce((least, other) => (other.files < least.files ? other : least));
    return new FollowedHash(leastBusy, { hash: (lastHash += 1), path, algorithm });
  }

  /**
   * Makes the bytes of a file durable. One flush runs at a time: two would share the same disk.
   *
   * @throws the failed system call, with its `code`. What was not flushed is lost, even if a later flush succeeds.
   */
  async flush(path: string): Promise<void> {
    await askTwice(() => this.#flushing.ask({ kind: 'flush', path }));
  }

  close(): void {
    for (const { thread } of this.#hashing) thread.close();
    this.#flushing.close();
  }
}

interface HashingThread {
  readonly thread: DiskThread;
  files: number;
}

/** The hash of a file that is being written, computed by a thread that reads what was written from the page cache. */
export class FollowedHash {
  readonly #on: HashingThread;
  readonly #file: FollowedFile;

  constructor(on: HashingThread, file: FollowedFile) {
    this.#on = on;
    this.#file = file;
    on.files += 1;
  }

  get algorithm(): DigestAlgorithm {
    return this.#file.algorithm;
  }

  /** The file holds this many bytes that will not change. */
  advance(toBytes: number): void {
    this.#on.thread.tell({ kind: 'follow', file: this.#file, toBytes });
  }

  /** The hexadecimal digest of the first `sizeBytes`; a thread that was lost costs only that they are read again. */
  digest(sizeBytes: number): Promise<string> {
    return askTwice(() => this.#on.thread.ask({ kind: 'digest', file: this.#file, toBytes: sizeBytes }));
  }

  stop(): void {
    this.#on.files -= 1;
    this.#on.thread.tell({ kind: 'unfollow', hash: this.#file.hash });
  }
}

async function askTwice(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DiskThreadLostError)) throw error;
    return await ask();
  }
}
