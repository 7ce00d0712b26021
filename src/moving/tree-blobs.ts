import type { Digest } from '../oci/digest.ts';
import type { ForeignContent } from '../storage/blob-store.ts';
import type { ForeignBlobs } from './foreign-blobs.ts';
import type { SourceTree } from './source-tree.ts';

/** The content of a tree, where each digest has one path. */
export class TreeBlobs implements ForeignBlobs {
  readonly #tree: SourceTree;
  readonly #pathOf: (digest: Digest) => string;

  constructor(tree: SourceTree, pathOf: (digest: Digest) => string) {
    this.#tree = tree;
    this.#pathOf = pathOf;
  }

  size(digest: Digest): Promise<number | undefined> {
    return this.#tree.size(this.#pathOf(digest));
  }

  read(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#tree.read(this.#pathOf(digest), maxBytes);
  }

  stream(digest: Digest): ReadableStream<Uint8Array> {
    return this.#tree.stream(this.#pathOf(digest));
  }

  content(digest: Digest): ForeignContent | undefined {
    return this.#tree.content(this.#pathOf(digest));
  }
}
