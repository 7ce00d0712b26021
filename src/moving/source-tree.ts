import type { ForeignContent } from '../storage/blob-store.ts';

/** A tree of files that only is read: a folder of this machine, or the keys of a bucket. Paths have forward slashes. */
export interface SourceTree {
  /** As people call it: a path, or a URL without anything secret. */
  readonly name: string;

  /** Names of the folders in a folder, in no order; none if it is absent. */
  folders(path: string): AsyncIterable<string>;

  /** In bytes; `undefined` when it is absent, or no plain file. */
  size(path: string): Promise<number | undefined>;

  /**
   * A whole small file; `undefined` when it is absent.
   *
   * @throws {ForeignFaultError} larger than `maxBytes`, or not to be read.
   */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;

  stream(path: string): ReadableStream<Uint8Array>;

  /** As a store may adopt it; `undefined` where it has to be sent. */
  content(path: string): ForeignContent | undefined;

  /** What lies below one of its folders. */
  below(path: string): SourceTree;
}
