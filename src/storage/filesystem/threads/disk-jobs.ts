import type { DigestAlgorithm } from '../../../oci/digest.ts';

/** A hash of the beginning of a file, as long as somebody asks for it. */
export interface FollowedFile {
  /** Unique in the process, so that a thread can tell two hashes of one file apart. */
  readonly hash: number;
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
}

/**
 * What the main thread asks of a disk thread. The jobs of one thread are done one after the other, in order.
 *
 * - `follow`: hash up to here; what was hashed before is not read again. Has no answer.
 * - `digest`: the same, and answer with the hexadecimal digest. The hash goes on afterwards.
 * - `unfollow`: forget the hash. Has no answer.
 * - `flush`: make the bytes of a file durable.
 */
export type DiskJob =
  | { readonly kind: 'follow'; readonly file: FollowedFile; readonly toBytes: number }
  | { readonly kind: 'digest'; readonly file: FollowedFile; readonly toBytes: number; readonly ticket: number }
  | { readonly kind: 'unfollow'; readonly hash: number }
  | { readonly kind: 'flush'; readonly path: string; readonly ticket: number };

/** A job that is answered. */
export type AskedDiskJob = Extract<DiskJob, { ticket: number }>;

/** A failed system call; an `Error` would lose its code on the way to the other thread. */
export interface DiskFailure {
  readonly code: string;
  readonly syscall: string;
  readonly message: string;
}

export type DiskAnswer =
  | { readonly ticket: number; readonly result: string }
  | { readonly ticket: number; readonly failure: DiskFailure };
