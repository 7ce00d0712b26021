import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { type Diagnosis, ProviderError, type ProviderErrorOptions } from '../provider-error.ts';

/** AWS refuses something, and says by a word why. */
export class AwsError extends ProviderError {
  /** `RepositoryNotFoundException` */
  readonly type: string;

  constructor(type: string, diagnosis: Diagnosis, { message, ...options }: { message: string } & ProviderErrorOptions) {
    super(diagnosis, message, options);
    this.type = type;
  }
}

export interface RefusedByAws {
  /** What was asked: `DescribeRepositories`. */
  readonly operation: string;
  readonly type: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What AWS may repeat and nobody is to read. */
  readonly secrets: readonly string[];
}

/** From so many seconds on AWS takes no signature. */
const MAX_SKEW_SECONDS = 300;
/** AWS does not say how long to wait; its own clients wait up to this. */
const THROTTLED_SECONDS = 20;

/** What a refusal means. AWS's own words are shown where they name the right that is missing. */
export function awsErrorOf(answer: UpstreamAnswer, refused: RefusedByAws): AwsError {
  const { operation, type, now } = refused;
  const { status } = answer;
  const words = fitToSay(refused.message, refused.secrets);
  const diagnosis = diagnosisOf(status, refused);
  const retryAt = diagnosis === 'rate-limited' ? retryAtOf(answer, now) : undefined;
  const message = messageOf(diagnosis, { operation, type, words, skew: clockSkewOf(answer, now), retryAt });
  return new AwsError(type, diagnosis, { message, status, ...(retryAt !== undefined && { retryAt }) });
}

/** AWS's clock less ours, in whole seconds; `undefined`: it does not say. */
export function clockSkewOf({ headers }: UpstreamAnswer, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : Math.round((date - now) / 1000);
}

const MAX_CHARACTERS = 300;

/** What AWS says, on one line, short, and without what it may have repeated of our secrets. */
export function fitToSay(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter((secret) => secret !== '');
  const hidden = known.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  return hidden
    .slice(0, MAX_CHARACTERS)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

const DIAGNOSES: readonly (readonly [type: RegExp, diagnosis: Diagnosis])[] = [
  [/^(?:ExpiredToken|RequestExpired|TokenRefreshRequired)/, 'token-expired'],
  [/^RequestTimeTooSkewed/, 'clock-skew'],
  [/^(?:AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired|SubscriptionRequired)/, 'forbidden'],
  [/^(?:RepositoryNotFound|ImageNotFound)/, 'not-found'],
  [/^(?:Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|BandwidthLimitExceeded)/, 'rate-limited'],
  [
    /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|InvalidToken)/,
    'wrong-credentials',
  ],
];

function diagnosisOf(status: number, { type, message }: RefusedByAws): Diagnosis {
  const isLate = /signature (?:expired|not yet current)/i.test(message);
  if (isLate && /^(?:InvalidSignature|SignatureDoesNotMatch)/.test(type)) return 'clock-skew';
  const known = DIAGNOSES.find(([form]) => form.test(type))?.[1];
  if (known !== undefined) return known;
  if (status === 429) return 'rate-limited';
  if (type === '') return status >= 500 ? 'failing' : 'not-a-registry';
  return 'failing';
}

interface Words {
  readonly operation: string;
  readonly type: string;
  readonly words: string;
  readonly skew: number | undefined;
  readonly retryAt: Date | undefined;
}

function messageOf(diagnosis: Diagnosis, { operation, type, words, skew, retryAt }: Words): string {
  switch (diagnosis) {
    case 'token-expired':
      return 'These credentials of AWS have expired. Temporary ones last some hours: give new ones, or a role to assume.';
    case 'clock-skew':
      return `AWS takes no signature that is more than ${MAX_SKEW_SECONDS / 60} minutes off. ${skewSentence(skew)} Set the clock of this machine.`;
    case 'forbidden':
      return `AWS knows these credentials and does not let them call ${operation}. ${words}`.trim();
    case 'not-found':
      return `This registry of AWS has no such ${type.startsWith('Image') ? 'image' : 'repository'}: look at how it is written, and at the account and the region. ${words}`.trim();
    case 'rate-limited':
      return `AWS gets too many requests (${operation}). Again from ${retryAt?.toISOString() ?? 'later'}.`;
    case 'wrong-credentials':
      return `AWS does not take these credentials (${type}): the access key does not exist or was switched off, or the secret does not belong to it.`;
    case 'not-a-registry':
      return `What answers to ${operation} is not AWS.`;
    default:
      return `AWS cannot ${operation} now: ${type === '' ? 'no reason is given' : type}. ${words}`.trim();
  }
}

function skewSentence(skew: number | undefined): string {
  if (skew === undefined) return '';
  return `The clock of this machine is ${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'} that of AWS.`;
}

function retryAtOf({ headers }: UpstreamAnswer, now: number): Date {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new Date(now + (Number.isFinite(seconds) ? seconds : THROTTLED_SECONDS) * 1000);
}
