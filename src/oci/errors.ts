import type { Digest } from './digest.ts';

/**
 * The codes of distribution-spec v1.1.1 §Error Codes (code-1 … code-14), and, from `RANGE_INVALID` on,
 * those that Docker's registry added and that clients know.
 */
export type OciErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'RANGE_INVALID'
  | 'TAG_INVALID'
  | 'PAGINATION_NUMBER_INVALID'
  | 'MANIFEST_UNVERIFIED'
  | 'UNAVAILABLE'
  | 'UNKNOWN';

export type Detail = Readonly<Record<string, string | number>>;

/** Headers that the reply to an error must carry, such as `Retry-After`. */
export type ErrorHeaders = Readonly<Record<string, string>>;

/** One element of the `errors` array of a reply. */
export interface ErrorEntry {
  readonly code: OciErrorCode;
  readonly message: string;
  readonly detail?: Detail | string;
}

/**
 * A condition the client is told about. Thrown at any depth, turned into a response in one place only:
 * `distribution/error-response.ts`. Everything that is not an OciError becomes a bare 500, so nothing internal
 * leaks by default.
 */
export abstract class OciError extends Error {
  abstract readonly code: OciErrorCode;
  abstract readonly status: number;
  /** Sent as-is: never a path, a query, a token or a stack. */
  readonly detail: Detail;
  readonly headers?: ErrorHeaders;

  constructor(message: string, detail: Detail = {}, options: ErrorOptions & { headers?: ErrorHeaders } = {}) {
    super(message, options);
    this.name = new.target.name;
    this.detail = detail;
    if (options.headers !== undefined) this.headers = options.headers;
  }

  /** What the reply lists; one entry unless the class says otherwise. */
  entries(): readonly ErrorEntry[] {
    const entry: ErrorEntry = { code: this.code, message: this.message };
    return [Object.keys(this.detail).length === 0 ? entry : { ...entry, detail: this.detail }];
  }
}

/** The JSON text of a reply: `{"errors":[…]}`. */
export function errorBody(error: OciError): string {
  return JSON.stringify({ errors: error.entries() });
}

/** The longest piece of a request that a reply quotes, in characters: a name at its longest, and some more. */
const MAX_QUOTED_CHARACTERS = 300;

function quoted(text: string): string {
  return text.length <= MAX_QUOTED_CHARACTERS ? text : `${text.slice(0, MAX_QUOTED_CHARACTERS)}…`;
}

/** The blob is not in *this repository*; it may exist in others, and we must not say so. */
export class BlobUnknownError extends OciError {
  override readonly code = 'BLOB_UNKNOWN';
  override readonly status = 404;
  constructor(digest: Digest) {
    super('blob unknown to repository', { digest: quoted(digest) });
  }
}

export class ManifestUnknownError extends OciError {
  override readonly code = 'MANIFEST_UNKNOWN';
  override readonly status = 404;
  constructor(tagOrDigest: string) {
    super('manifest unknown to repository', { reference: quoted(tagOrDigest) });
  }
}

/** A pushed manifest names content that its repository does not have. One entry for each missing digest. */
export class ManifestBlobUnknownError extends OciError {
  override readonly code = 'MANIFEST_BLOB_UNKNOWN';
  override readonly status = 400;
  readonly digests: readonly Digest[];
  constructor(digests: readonly Digest[]) {
    super('manifest references content unknown to repository');
    this.digests = digests;
  }

  override entries(): readonly ErrorEntry[] {
    return this.digests.map((digest) => ({
      code: this.code,
      message: this.message,
      detail: digest,
    }));
  }
}

/** Never opened, expired, cancelled or finished. */
export class UploadUnknownError extends OciError {
  override readonly code = 'BLOB_UPLOAD_UNKNOWN';
  override readonly status = 404;
  constructor(id: string) {
    super('upload session unknown to repository', { upload: quoted(id) });
  }
}

export class NameUnknownError extends OciError {
  override readonly code = 'NAME_UNKNOWN';
  override readonly status = 404;
  constructor(name: string) {
    super('repository unknown to registry', { name: quoted(name) });
  }
}

export class NameInvalidError extends OciError {
  override readonly code = 'NAME_INVALID';
  override readonly status = 400;
  constructor(name: string) {
    super('invalid repository name: lowercase letters, digits and . _ - between them, / between parts, at most 255', {
      name: quoted(name),
    });
  }
}

export class TagInvalidError extends OciError {
  override readonly code = 'TAG_INVALID';
  override readonly status = 400;
  constructor(tag: string) {
    super('invalid tag: letters, digits, _ . and -, not beginning with . or -, at most 128', {
      tag: quoted(tag),
    });
  }
}

/** Not a digest we can read, or the digest of something else than what was sent. */
export class DigestInvalidError extends OciError {
  override readonly code = 'DIGEST_INVALID';
  override readonly status = 400;
  constructor(message: string, text: string) {
    super(message, { digest: quoted(text) });
  }
}

export class ManifestInvalidError extends OciError {
  override readonly code = 'MANIFEST_INVALID';
  override readonly status = 400;
  constructor(message: string, detail?: Detail, options?: ErrorOptions) {
    super(message, detail, options);
  }
}

export class ManifestTooLargeError extends OciError {
  override readonly code = 'SIZE_INVALID';
  override readonly status = 413;
  constructor(limitBytes: number) {
    super(`manifest larger than ${limitBytes} bytes`, { limitBytes });
  }
}

/** What was announced and what arrived have different lengths, or the announcement cannot be read. */
export class SizeInvalidError extends OciError {
  override readonly code = 'SIZE_INVALID';
  override readonly status = 400;
  constructor(message: string, detail?: Detail) {
    super(message, detail);
  }
}

/** A chunk that does not start where the last one ended. The session stays usable. */
export class UploadOffsetError extends OciError {
  override readonly code = 'RANGE_INVALID';
  override readonly status = 416;
  /** Bytes received so far: where the next chunk must start. */
  readonly offset: number;
  /** @param headers `Location` and `Range` of the session, for those who know them. */
  constructor(offset: number, headers?: ErrorHeaders) {
    super(`next chunk must start at byte ${offset}`, { offset }, headers === undefined ? {} : { headers });
    this.offset = offset;
  }
}

export class UploadTooLargeError extends OciError {
  override readonly code = 'SIZE_INVALID';
  override readonly status = 413;
  constructor(limitBytes: number) {
    super(`upload larger than ${limitBytes} bytes`, { limitBytes });
  }
}

export class PaginationInvalidError extends OciError {
  override readonly code = 'PAGINATION_NUMBER_INVALID';
  override readonly status = 400;
  constructor(text: string) {
    super('n must be a whole number, 0 or more', { n: quoted(text) });
  }
}

/** Nobody we know is asking, or a better token would help: the client is told how to get one. */
export class AuthenticationRequiredError extends OciError {
  override readonly code = 'UNAUTHORIZED';
  override readonly status = 401;
  /** @param challenge the value of `WWW-Authenticate`. */
  constructor({ challenge, message = 'authentication required' }: { challenge?: string; message?: string } = {}) {
    super(message, {}, challenge === undefined ? {} : { headers: { 'WWW-Authenticate': challenge } });
  }
}

/** We know who is asking, and no other credential form of theirs would be allowed to do it. */
export class AccessDeniedError extends OciError {
  override readonly code = 'DENIED';
  override readonly status = 403;
  constructor(message = 'access denied', detail?: Detail) {
    super(message, detail);
  }
}

/**
 * A rule of the repository forbids this, whoever asks. `DENIED`, because clients show its message and do not retry:
 * docker and containers/image decide by the code; and 403, which no client retries.
 */
export class ProtectedError extends OciError {
  override readonly code = 'DENIED';
  override readonly status = 403;
  /** @param reason which rule, and why: a sentence without a full stop. */
  constructor(reason: string) {
    super(reason);
  }
}

/** What is pushed does not fit into what its repositories may hold. Clients show the message, and do not try again. */
export class QuotaExceededError extends OciError {
  override readonly code = 'DENIED';
  override readonly status = 403;
  constructor(message: string, detail: Detail) {
    super(message, detail);
  }
}

export class DeletionDisabledError extends OciError {
  override readonly code = 'UNSUPPORTED';
  override readonly status = 405;
  constructor() {
    super('deletion is disabled on this registry');
  }
}

export class UnsupportedError extends OciError {
  override readonly code = 'UNSUPPORTED';
  override readonly status = 405;
  constructor(message: string) {
    super(message);
  }
}

/** More `tag` parameters than we take at once (distribution-spec main, end-7b: 414). */
export class TooManyTagsError extends OciError {
  override readonly code = 'UNSUPPORTED';
  override readonly status = 414;
  constructor(limit: number) {
    super(`at most ${limit} tags can be set with one manifest`, { limit });
  }
}

export class RateLimitedError extends OciError {
  override readonly code = 'TOOMANYREQUESTS';
  override readonly status = 429;
  constructor(retryAfterSeconds: number, message = 'too many requests') {
    super(message, {}, { headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) } });
  }
}

/** Clients retry a 503 by themselves; this is how long they are asked to wait, in seconds. */
const STORAGE_RETRY_SECONDS = '30';

/** No space left. Heals by itself when space is made, hence 503 and not 507, which clients do not retry. */
export class StorageFullError extends OciError {
  override readonly code = 'UNAVAILABLE';
  override readonly status = 503;
  constructor(message = 'the disk of the registry is full', options: ErrorOptions = {}) {
    super(message, {}, { ...options, headers: { 'Retry-After': STORAGE_RETRY_SECONDS } });
  }
}

/** Read-only, no permission, or the device fails. */
export class StorageUnavailableError extends OciError {
  override readonly code = 'UNAVAILABLE';
  override readonly status = 503;
  constructor(message = 'the storage of the registry is not available', options: ErrorOptions = {}) {
    super(message, {}, { ...options, headers: { 'Retry-After': STORAGE_RETRY_SECONDS } });
  }
}

/** Storage lost what metadata promises. Not the client's business: a bare 500, and a page for the operator. */
export class ContentMissingError extends Error {
  readonly code = 'UNKNOWN';
  readonly status = 500;
  readonly digestOrKey: string;
  constructor(digestOrKey: string, options?: ErrorOptions) {
    super(`content is missing from storage: ${digestOrKey}`, options);
    this.name = new.target.name;
    this.digestOrKey = digestOrKey;
  }
}
