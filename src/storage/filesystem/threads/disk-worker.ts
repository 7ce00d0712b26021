import { closeSync, fdatasyncSync, openSync, readSync } from 'node:fs';
import type { AskedDiskJob, DiskAnswer, DiskFailure, DiskJob, FollowedFile } from './disk-jobs.ts';

/**
 * The thread that does what would keep the main thread from answering others: hashing, and waiting for the disk. Its
 * system calls block on purpose, because nothing else happens here.
 */
declare const self: Worker;

interface RunningHash {
  readonly hasher: Bun.CryptoHasher;
  hashedBytes: number;
}

const hashes = new Map<number, RunningHash>();

/** What is read at once, in bytes: stays in the second-level cache between reading and hashing. */
const buffer = new Uint8Array(256 * 1024);

self.onmessage = ({ data: job }: MessageEvent<DiskJob>): void => {
  switch (job.kind) {
    case 'follow':
      try {
        hashUpTo(job.file, job.toBytes);
      } catch {
        // The upload may have been aborted. If not, `digest` reads the file from its beginning, and says what is wrong.
        hashes.delete(job.file.hash);
      }
      break;
    case 'unfollow':
      hashes.delete(job.hash);
      break;
    case 'digest':
    case 'flush':
      self.postMessage(answerTo(job));
      break;
  }
};

function answerTo(job: AskedDiskJob): DiskAnswer {
  try {
    return { ticket: job.ticket, result: job.kind === 'flush' ? flush(job.path) : digest(job.file, job.toBytes) };
  } catch (error) {
    if (job.kind === 'digest') hashes.delete(job.file.hash);
    return { ticket: job.ticket, failure: describe(error) };
  }
}

function digest(file: FollowedFile, sizeBytes: number): string {
  return hashUpTo(file, sizeBytes).hasher.copy().digest('hex');
}

/** Opens the file each time, so that an upload that waits for its client for a day holds no file open. */
function hashUpTo({ hash, path, algorithm }: FollowedFile, toBytes: number): RunningHash {
  const running = hashes.get(hash) ?? { hasher: new Bun.CryptoHasher(algorithm), hashedBytes: 0 };
  hashes.set(hash, running);
  if (running.hashedBytes === toBytes) return running;
  const fd = openSync(path, 'r');
  try {
    while (running.hashedBytes < toBytes) {
      const wanted = Math.min(buffer.byteLength, toBytes - running.hashedBytes);
      const bytesRead = readSync(fd, buffer, 0, wanted, running.hashedBytes);
      if (bytesRead === 0) break;
      running.hasher.update(bytesRead === buffer.byteLength ? buffer : buffer.subarray(0, bytesRead));
      running.hashedBytes += bytesRead;
    }
    return running;
  } finally {
    closeSync(fd);
  }
}

function flush(path: string): string {
  const fd = openSync(path, 'r');
  try {
    fdatasyncSync(fd);
    return '';
  } finally {
    closeSync(fd);
  }
}

function describe(error: unknown): DiskFailure {
  const { code, syscall, message } = error as Partial<DiskFailure>;
  return { code: String(code), syscall: String(syscall), message: String(message) };
}
