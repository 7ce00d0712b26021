/** What another registry, or the way to it, made impossible. Messages are for people, and begin with whose fault it is. */
export abstract class ClientError extends Error {
  /** Stable, for programs. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A text that a person typed is no reference. */
export class ReferenceInvalidError extends ClientError {
  override readonly code = 'REFERENCE_INVALID';
}

/** Nothing answers there, or it stopped in the middle. */
export class UnreachableError extends ClientError {
  override readonly code = 'UNREACHABLE';
  /** Whether the same may work in a moment: a reset, a timeout; not a certificate. */
  readonly isPassing: boolean;

  constructor(registry: string, reason: string, options: ErrorOptions & { readonly isPassing: boolean }) {
    super(`${registry} cannot be reached: ${reason}`, options);
    this.isPassing = options.isPassing;
  }
}

/** The registry answered, and not as hoped. */
export class UnexpectedReplyError extends ClientError {
  override readonly code: string = 'REFUSED';
  readonly status: number;
  /** The first code of the reply's body, such as `DENIED`; empty where it has none. */
  readonly registryCode: string;
  /** What `Retry-After` asks for. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    reply: { readonly status: number; readonly registryCode?: string; readonly retryAfterSeconds?: number | undefined },
  ) {
    super(message);
    this.status = reply.status;
    this.registryCode = reply.registryCode ?? '';
    this.retryAfterSeconds = reply.retryAfterSeconds;
  }
}

/** There is no such repository, tag, manifest or blob, or none that this login may see. */
export class NotFoundError extends UnexpectedReplyError {
  override readonly code = 'NOT_FOUND';
}

/** Without a login, or with this one, the registry does not let us. */
export class LoginRefusedError extends UnexpectedReplyError {
  override readonly code = 'UNAUTHORIZED';
}

/** The bytes are not those that their digest, or their size, announced. */
export class DigestMismatchError extends ClientError {
  override readonly code = 'DIGEST_MISMATCH';
}

/** A reply was larger than what is read of such a reply. */
export class ReplyTooLargeError extends ClientError {
  override readonly code = 'REPLY_TOO_LARGE';
}

/** The registry sends us where neither a password nor a request of ours should go. */
export class UnsafeAddressError extends ClientError {
  override readonly code = 'UNSAFE_ADDRESS';
}

/** A reply that no client of the specification could understand. */
export class MalformedReplyError extends ClientError {
  override readonly code = 'MALFORMED_REPLY';
}

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether the same step may work in a moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.isPassing;
  return error instanceof UnexpectedReplyError && PASSING_STATUS.has(error.status);
}

export function isPassingStatus(status: number): boolean {
  return PASSING_STATUS.has(status);
}
