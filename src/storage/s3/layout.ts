import { parseUploadId, type UploadId } from '../../oci/upload-id.ts';
import type { StorageKey } from '../blob-store.ts';

/**
 * The bucket, as a person finds it:
 *
 *     <prefix>
 *       blobs/
 *         6f/                                  the first two characters of the upload's id
 *           6f1c0d3e-…-9c2d41f07b55            one copy, whole; open uploads have theirs here, too
 *           6f1c0d3e-…-9c2d41f07b55.3          the same, begun by the third request of the upload that wrote
 *       uploads/
 *         6f1c0d3e-…-9c2d41f07b55/tail.5       what follows the parts of a multipart upload between two requests
 *
 * An object is written where it stays: a commit copies nothing. No two requests write one object, so that a node that was
 * thought dead and wakes up cannot change what another one committed.
 */
export const BLOBS = 'blobs/';
export const UPLOADS = 'uploads/';

const ID_CHARACTERS = 36;

/** @param claim the number of the note by which a node took the upload. */
export function objectKey(id: UploadId, claim: number): string {
  return `${objectsOf(id)}${claim === 1 ? '' : `.${claim}`}`;
}

/** What the keys of all objects of an upload begin with. */
export function objectsOf(id: UploadId): string {
  return `${BLOBS}${id.slice(0, 2)}/${id}`;
}

export function tailKey(id: UploadId, claim: number): string {
  return `${tailsOf(id)}tail.${claim}`;
}

export function tailsOf(id: UploadId): string {
  return `${UPLOADS}${id}/`;
}

/** Whose upload an object under {@link BLOBS} or {@link UPLOADS} is. */
export function uploadOf(key: string): UploadId | undefined {
  const name = key.startsWith(BLOBS) ? key.slice(BLOBS.length + 3) : key.slice(UPLOADS.length);
  return parseUploadId(name.slice(0, ID_CHARACTERS));
}

export function storageKeyOf(key: string): StorageKey {
  return key as StorageKey;
}
