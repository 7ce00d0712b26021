import type { Digest, DigestAlgorithm } from '../../oci/digest.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import type { Multipart } from './multipart-uploads.ts';
import { storageKeyOf } from './layout.ts';
import type { StoredContent } from '../blob-store.ts';

/**
 * What any node needs to go on with an upload, as it is noted between two requests. The bytes so far are one whole
 * object, or the parts of a multipart upload and what follows them.
 */
export interface UploadState {
  readonly algorithm: DigestAlgorithm;
  /** Bytes that are safe. */
  readonly offset: number;
  /** Of these bytes, where one node saw them all. */
  readonly digest?: Digest | undefined;
  /** The key of the object that holds all of them. */
  readonly whole?: string | undefined;
  readonly parts?: Parts | undefined;
  /** The key of the object that holds what follows the parts. */
  readonly tail?: string | undefined;
  /** Nothing but saying so is left to do. */
  readonly committed?: Digest | undefined;
}

/** A multipart upload with some parts, all of one size. */
export interface Parts extends Multipart {
  /** Of each, in bytes. */
  readonly partBytes: number;
  readonly etags: readonly string[];
}

export function emptyState(algorithm: DigestAlgorithm): UploadState {
  return { algorithm, offset: 0 };
}

/** How many bytes follow the parts. */
export function tailBytes({ offset, parts }: UploadState): number {
  return parts === undefined ? 0 : offset - parts.etags.length * parts.partBytes;
}

/** What a commit answers. */
export function contentOf(state: UploadState, digest: Digest, key: string): StoredContent {
  return { key: storageKeyOf(key), digest, size: state.offset };
}

/** Of the form of a note: a later version may write another one, while this one still runs. */
const FORM = 1;

/** An ETag that is an MD5, as nearly all are, in two thirds of its length: there may be 10,000. */
function packed(etag: string): string {
  const hex = /^"([0-9a-f]{32})"$/.exec(etag)?.[1];
  return hex === undefined ? etag : Buffer.from(hex, 'hex').toString('base64url');
}

/** One that was not packed has its quotes. */
function unpacked(text: string): string {
  return /^[\w-]{22}$/.test(text) ? `"${Buffer.from(text, 'base64url').toString('hex')}"` : text;
}

export function noteOf(state: UploadState): string {
  const { parts } = state;
  return JSON.stringify({
    form: FORM,
    ...state,
    ...(parts !== undefined && { parts: { ...parts, etags: parts.etags.map(packed) } }),
  });
}

/** @throws {Error} a note of a newer version of ours. */
export function stateOf(id: UploadId, note: string): UploadState {
  // A store reads its own words: nobody else writes them.
  const { form, ...state } = JSON.parse(note) as UploadState & { readonly form: number };
  if (form !== FORM) throw new Error(`upload ${id} was begun by a newer version`);
  const { parts } = state;
  return parts === undefined ? state : { ...state, parts: { ...parts, etags: parts.etags.map(unpacked) } };
}
