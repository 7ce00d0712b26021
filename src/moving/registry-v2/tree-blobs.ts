import type { Digest } from '../../oci/digest.ts';
import type { ForeignContent } from '../../storage/blob-store.ts';
import type { ForeignBlobs } from '../foreign-blobs.ts';
import type { SourceTree } from './source-tree.ts';
import { blobPath } from './tree-layout.ts';

/** The content that all repositories of a tree share. */
export class TreeBlobs implements ForeignBlobs {
  readonly #tree: SourceTree;

  constructor(tree: SourceTree) {
    this.#tree = tree;
  }

  size(digest: Digest): Promise<number | undefined> {
    return this.#tree.size(blobPath(digest));
  }

  read(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#tree.read(blobPath(digest), maxBytes);
  }

  stream(digest: Digest): ReadableStream<Uint8Array> {
    return this.#tree.stream(blobPath(digest));
  }

  content(digest: Digest): ForeignContent {
    return this.#tree.content(blobPath(digest));
  }
}
