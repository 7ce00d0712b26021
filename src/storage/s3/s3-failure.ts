import { StorageUnavailableError } from '../../oci/errors.ts';

/** What S3 said, read from whatever the client threw. */
export interface S3Failure {
  /** S3's own word (`SlowDown`), or the client's (`TimeoutError`). */
  readonly code: string;
  /** Of HTTP; 0 when no reply came. */
  readonly status: number;
  /** The operating system's word for what happened to the connection. */
  readonly network: string;
}

/** The server is there and will never do what we ask until somebody changes something: the message says what. */
export class S3SetupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Nothing answered in time. */
export class S3TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor(what: string) {
    super(`S3 did not answer in time: ${what}`);
    this.name = new.target.name;
  }
}

/** A connection that broke, without the URL it was for. */
class S3ConnectionError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What fetch throws names the URL, which is signed: whoever finds it in a log could read the object. */
export function withoutUrl(error: unknown): unknown {
  if (!(error instanceof Error) || !('path' in error)) return error;
  return new S3ConnectionError(error.message, textOf(Reflect.get(error, 'code')));
}

export function failureOf(error: unknown): S3Failure {
  if (typeof error !== 'object' || error === null) return { code: '', status: 0, network: '' };
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown = isObject(metadata) ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return {
    code: textOf(Reflect.get(error, 'Code')) || textOf(Reflect.get(error, 'name')),
    status: typeof status === 'number' ? status : 0,
    network: textOf(Reflect.get(error, 'code')),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const BUSY =
  /^(?:SlowDown|Throttling|RequestLimitExceeded|RequestTimeout$|InternalError$|ServiceUnavailable$|TimeoutError$|OperationAborted$|XMinioServerNotInitialized$)/;

const NETWORK =
  /^(?:E(?:CONNRESET|PIPE|TIMEDOUT|CONNREFUSED|CONNABORTED|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)|Connection(?:Closed|Refused)|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/;

const DISTRUST = /CERT|SELF_SIGNED|UNABLE_TO|ISSUER/;

/** versitygw says so of a key whose folder goes away in that moment, because something else beside it is deleted. */
const VANISHING_FOLDER = 'ExistingObjectIsDirectory';

/** May the same request succeed a moment later? */
export function isPassing(error: unknown): boolean {
  const { code, status, network } = failureOf(error);
  if (code === VANISHING_FOLDER) return true;
  return status >= 500 || status === 429 || BUSY.test(code) || NETWORK.test(network) || NETWORK.test(code);
}

/** It asked us to slow down: come back later than after a lost connection. */
export function isThrottled(error: unknown): boolean {
  const { code, status } = failureOf(error);
  return status === 429 || code === 'SlowDown' || code.startsWith('Throttling') || code === 'RequestLimitExceeded';
}

/** No such object, as each of GET and HEAD says it. */
export function isAbsent(error: unknown): boolean {
  const { code, status } = failureOf(error);
  return code === 'NoSuchKey' || (status === 404 && (code === 'NotFound' || code === '404'));
}

/** No such multipart upload. versitygw says that its parts are wrong. */
export function isLostMultipart(error: unknown): boolean {
  return ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder'].includes(failureOf(error).code);
}

/** Shows the operator, in one sentence, what to change; `undefined` for anything that is not about the set-up. */
function setupSentence({ code, status, network }: S3Failure, place: string): string | undefined {
  if (DISTRUST.test(network)) {
    return `There is no TLS to ${place} (${network}): name its authority in NODE_EXTRA_CA_CERTS, or correct HAVRE_STORAGE.`;
  }
  switch (code) {
    case 'NoSuchBucket':
      return `There is no bucket ${place}: make it, or correct HAVRE_STORAGE.`;
    case 'InvalidAccessKeyId':
    case 'XAdminUserNotFound':
      return `S3 does not know the access key that is used for ${place}: check AWS_ACCESS_KEY_ID or the profile.`;
    case 'SignatureDoesNotMatch':
      return `S3 refuses the signature for ${place}: check AWS_SECRET_ACCESS_KEY, and region= in HAVRE_STORAGE.`;
    case 'RequestTimeTooSkewed':
      return `The clock of this machine differs from that of S3 by more than it allows: set it (${place}).`;
    case 'ExpiredToken':
    case 'InvalidToken':
      return `The session token used for ${place} is expired or wrong: renew AWS_SESSION_TOKEN, or use a role.`;
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return `The bucket ${place} is in another region: set region= in HAVRE_STORAGE.`;
    case 'CredentialsProviderError':
      return `No credentials for ${place}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role.`;
    default:
      return status === 401 || status === 403
        ? `S3 refuses us ${place}: the credentials need s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload there.`
        : undefined;
  }
}

/** `undefined` for what is not about the set-up. @param place what was to be reached, for the sentence. */
export function setupErrorOf(error: unknown, place: string): S3SetupError | undefined {
  if (error instanceof S3SetupError) return error;
  const sentence = setupSentence(failureOf(error), place);
  return sentence === undefined ? undefined : new S3SetupError(sentence, { cause: error });
}

/** A failure of S3, said so that a client knows to come back; every other error is returned as it is. */
export function asStorageFailure(error: unknown, place: string): unknown {
  const setup = setupErrorOf(error, place);
  if (setup !== undefined) return new StorageUnavailableError(undefined, { cause: setup });
  const { status } = failureOf(error);
  return isPassing(error) || status > 0 ? new StorageUnavailableError(undefined, { cause: error }) : error;
}
