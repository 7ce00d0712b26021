import { join } from 'node:path';
import { algorithmOf, encodedOf, type Digest } from '../../oci/digest.ts';
import { parseUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { StorageKey } from '../blob-store.ts';

/**
 * The folder, as a person finds it:
 *
 *     <folder>/
 *       blobs/                                 content, verified and durable
 *         sha256/
 *           ab/                                the first two characters of the digest
 *             ab3f…e1.9c2d41f07b55             one copy: <hex of the digest>.<last group of the upload's id>
 *         sha512/
 *           …
 *       uploads/                               bytes on their way in
 *         6f1c0d3e-…-9c2d41f07b55              one upload session: the bytes received so far, nothing else
 *
 * Everything about an upload is its file: its offset is the file's length, its age the file's time. A commit renames
 * it from `uploads/` to `blobs/`, so no byte is copied. The suffix makes the copies of two uploads of one blob two files.
 *
 * Where several nodes share the folder, the suffix of a copy is the whole id, by which garbage collection finds the
 * session that it may still belong to; and a session that went over from a node at work has a file of another name,
 * `<id>.<8 hex>`: see `shared-uploads.ts`.
 */
export class Layout {
  readonly folder: string;
  readonly blobs: string;
  readonly uploads: string;

  constructor(folder: string) {
    this.folder = folder;
    this.blobs = join(folder, 'blobs');
    this.uploads = join(folder, 'uploads');
  }

  upload(id: UploadId): string {
    return `${this.uploads}/${id}`;
  }

  blob(key: StorageKey): string {
    return `${this.blobs}/${key}`;
  }

  /** The folder that holds a copy, relative to the whole: `blobs/sha256/ab`. */
  folderOf(key: StorageKey): string {
    return `blobs/${key.slice(0, key.lastIndexOf('/'))}`;
  }
}

/** The key is the path below `blobs/`, so that the hot path of a pull only joins two strings. */
export function keyFor(digest: Digest, id: UploadId): StorageKey {
  return keyWith(digest, id.slice(id.lastIndexOf('-') + 1));
}

/** As {@link keyFor}, with the whole id in it. */
export function sharedKeyFor(digest: Digest, id: UploadId): StorageKey {
  return keyWith(digest, id);
}

function keyWith(digest: Digest, suffix: string): StorageKey {
  const encoded = encodedOf(digest);
  return `${algorithmOf(digest)}/${encoded.slice(0, 2)}/${encoded}.${suffix}` as StorageKey;
}

/** The upload that a copy came from, where its key says so. */
export function uploadOf(key: StorageKey): UploadId | undefined {
  return parseUploadId(key.slice(key.lastIndexOf('.') + 1));
}

/** Whether a path below `blobs/` is one that we make: what else lies there is not ours to sweep. */
export function isKey(path: string): path is StorageKey {
  return /^sha\d+\/[0-9a-f]{2}\/[0-9a-f]{64,128}\.(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)?[0-9a-f]{12}$/.test(
    path,
  );
}
