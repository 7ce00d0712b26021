import {
  ClientError,
  LoginRefusedError,
  MalformedReplyError,
  NotFoundError,
  ReplyTooLargeError,
  UnexpectedReplyError,
  UnreachableError,
  UnsafeAddressError,
} from '../client/client-error.ts';
import { EgressDeniedError, EgressFailedError, type FailureReason } from '../egress/egress-error.ts';
import { isThrottled, pauseOf, skewOf } from '../egress/rate-limits.ts';
import type { UpstreamAnswer } from '../egress/upstream-http.ts';
import { type PauseReason, UpstreamPausedError } from '../egress/upstream-paused-error.ts';
import { type Diagnosis, ProviderError } from './provider-error.ts';
import { isPage, saidIn } from './said.ts';
import { tlsAdvice } from './tls-advice.ts';

/** What was tried where, for the sentence that says what is wrong. */
export interface Tried {
  /** As people write it: `ghcr.io`. */
  readonly host: string;
  /** `listing its repositories` */
  readonly what: string;
  /** Milliseconds since the epoch. Default: this machine's clock. */
  readonly now?: number;
}

export interface TriedWithCredentials extends Tried {
  /** The credentials are known to be good, so a 401 means that they may not. */
  readonly hasProvedItself?: boolean;
  /** Our time is in the request, as in those that are signed: a clock that is off makes them wrong. */
  readonly isSignedWithTime?: boolean;
  /** Nobody logged in. */
  readonly isAnonymous?: boolean;
  /** Never shown, also where the registry repeats them. */
  readonly secrets?: readonly string[];
}

/** Clocks further apart than this are told of: services that sign with the time refuse us then. */
const WORTH_TELLING_SECONDS = 5 * 60;

/**
 * What an error on the way to a registry means, in words that somebody can do something about. An error of another kind
 * (a mistake of ours, what a signal was aborted for) stays what it is.
 */
export function toProviderError(error: unknown, tried: Tried): Error {
  if (error instanceof ProviderError) return error;
  if (error instanceof EgressDeniedError) return failed('denied-here', tried, error.message, { cause: error });
  if (error instanceof EgressFailedError) return failureOf(error, tried);
  if (error instanceof UpstreamPausedError) return pauseErrorOf(error, tried);
  if (error instanceof ClientError) return clientFailureOf(error, tried);
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return failed('timeout', tried, `it took too long. ${ADVICE_BY_REASON.timeout}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** What an answer that was not hoped for means. */
export function refusalOf(answer: UpstreamAnswer, tried: TriedWithCredentials): ProviderError {
  const { now = Date.now() } = tried;
  const retryAt = isThrottled(answer) || answer.status === 503 ? pauseOf(answer, now) : undefined;
  const diagnosis = diagnosisOf(answer, tried, now);
  const said = saidIn(answer, tried.secrets ?? []);
  const text = [said === '' ? `it answers ${answer.status}.` : `it answers ${answer.status}: ${ended(said)}`];
  text.push(adviceOf(diagnosis, answer, { ...tried, now, retryAt }));
  return failed(diagnosis, tried, text.join(' ').trim(), {
    status: answer.status,
    ...(retryAt !== undefined && { retryAt: new Date(retryAt) }),
  });
}

/** What answers is no registry: a page for people, or something else altogether. */
export function notARegistry(answer: UpstreamAnswer, tried: Tried): ProviderError {
  const what = isPage(answer) ? 'a page for people' : 'something else';
  return failed(
    'not-a-registry',
    tried,
    `${what} answers there (${answer.status}), and no registry. Check the host and the port; some registries have a host of their own beside their pages.`,
    { status: answer.status },
  );
}

/** The JSON that a successful answer is. @throws {ProviderError} `malformed`: it is none. */
export function jsonIn(answer: UpstreamAnswer, tried: Tried): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(answer.body));
  } catch (error) {
    if (isPage(answer)) throw notARegistry(answer, tried);
    throw failed('malformed', tried, 'its answer is no JSON. It may be another version than this one knows.', {
      status: answer.status,
      cause: error,
    });
  }
}

/** Its clock less ours, in seconds; `undefined`: it does not say what time it is. */
export function clockSkewSeconds({ headers }: Pick<UpstreamAnswer, 'headers'>, now: number): number | undefined {
  const skew = skewOf(headers, now);
  return skew === undefined ? undefined : Math.round(skew / 1000);
}

/** A sentence about clocks that are far apart; `undefined`: they are not. */
export function clockRemark(answer: Pick<UpstreamAnswer, 'headers'>, now: number): string | undefined {
  const skew = clockSkewSeconds(answer, now);
  if (skew === undefined || Math.abs(skew) <= WORTH_TELLING_SECONDS) return undefined;
  const minutes = Math.round(Math.abs(skew) / 60);
  return `The clock of this machine is ${minutes} minutes ${skew > 0 ? 'behind' : 'ahead of'} that of the registry: set it by a time server.`;
}

function diagnosisOf(answer: UpstreamAnswer, tried: TriedWithCredentials, now: number): Diagnosis {
  const { status } = answer;
  if (isThrottled(answer)) return 'rate-limited';
  if (tried.isSignedWithTime === true && isRefusal(status) && clockRemark(answer, now) !== undefined) {
    return 'clock-skew';
  }
  if (status === 401) {
    if (isExpired(answer)) return 'token-expired';
    return tried.hasProvedItself === true ? 'forbidden' : 'wrong-credentials';
  }
  if (status === 403) return 'forbidden';
  // A page for people tells nothing of what a registry has.
  if ((status === 404 || status === 410) && !isPage(answer)) return 'not-found';
  if (status === 404 || status === 405 || status === 410 || status === 501) return 'unsupported';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'failing' : 'malformed';
}

function isRefusal(status: number): boolean {
  return status === 400 || status === 401 || status === 403;
}

/** RFC 6750 §3.1 has one code for tokens that are over, forged and revoked: only its words tell. */
function isExpired(answer: UpstreamAnswer): boolean {
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const words = `${challenge} ${saidIn(answer, [])}`;
  return /\b(?:token|secret|password|credentials?|key)\b[^.]{0,40}\bexpired\b|\bexpired\b[^.]{0,20}\b(?:token|secret|password|credentials?|key)\b/i.test(
    words,
  );
}

interface Advised extends TriedWithCredentials {
  readonly now: number;
  readonly retryAt: number | undefined;
}

function adviceOf(diagnosis: Diagnosis, answer: UpstreamAnswer, tried: Advised): string {
  switch (diagnosis) {
    case 'wrong-credentials':
      return tried.isAnonymous === true
        ? 'It wants a username and a secret, and this connection has none.'
        : ['The username or the secret is not right, or was revoked.', clockRemark(answer, tried.now) ?? ''].join(' ');
    case 'token-expired':
      return 'The secret has ended: make a new one there, and give it to the connection.';
    case 'clock-skew':
      return clockRemark(answer, tried.now) ?? '';
    case 'forbidden':
      return tried.isAnonymous === true
        ? 'Nobody may do that without logging in.'
        : 'The credentials are not allowed to do that: give them the right, or use others.';
    case 'not-found':
      return tried.isAnonymous === true
        ? 'It is not there, or nobody may see it without logging in: look at how it is written.'
        : 'It is not there, or not visible to this login: look at how it is written, and at what the login may see.';
    case 'rate-limited':
      return tried.retryAt === undefined ? 'It asks us to wait.' : `It asks us to wait until ${shown(tried.retryAt)}.`;
    case 'failing':
      return tried.retryAt === undefined
        ? 'That is an error of the registry, which may pass.'
        : `That is an error of the registry, which asks us to come back at ${shown(tried.retryAt)}.`;
    case 'unsupported':
      return isPage(answer)
        ? 'A page for people answers there.'
        : 'The registry cannot do that, or it is switched off there.';
    default:
      return isPage(answer) ? 'A page for people answers there.' : '';
  }
}

const DIAGNOSIS_BY_REASON: Readonly<Record<FailureReason, Diagnosis>> = {
  'name-not-found': 'name-not-found',
  'name-lookup': 'unreachable',
  refused: 'refused',
  unreachable: 'unreachable',
  timeout: 'timeout',
  cut: 'unreachable',
  tls: 'tls',
  'not-http': 'not-a-registry',
  'too-large': 'malformed',
  redirects: 'malformed',
  unknown: 'unreachable',
};

const ADVICE_BY_REASON: Readonly<Record<Exclude<FailureReason, 'tls'>, string>> = {
  'name-not-found': 'Check how the name is written, and whether the name server of this machine knows it.',
  'name-lookup': 'The name server of this machine does not answer: check it, and try again.',
  refused: 'Check the port, and whether the registry runs.',
  unreachable: 'Check the network and the firewalls between this machine and the registry.',
  timeout: 'It may be overloaded, or a firewall may swallow what we send.',
  cut: 'It may be restarting, or something between us may close connections.',
  'not-http': 'Check the port: something else answers there.',
  'too-large': 'No registry says that much at once.',
  redirects: 'Check the host, and whether something in front of the registry redirects wrongly.',
  unknown: 'Check the network between this machine and the registry.',
};

function failureOf(error: EgressFailedError, tried: Tried): ProviderError {
  const { reason, tls } = error;
  // The host is said once, where it is the same.
  const known = `${tried.host} could not be called: `;
  const message = error.message.startsWith(known) ? error.message.slice(known.length) : error.message;
  if (reason !== 'tls')
    return failed(DIAGNOSIS_BY_REASON[reason], tried, `${message} ${ADVICE_BY_REASON[reason]}`, { cause: error });
  const advice = tlsAdvice(tls, new Date(tried.now ?? Date.now()));
  return failed('tls', tried, `${message} ${advice}`.trim(), {
    cause: error,
    ...(tls?.certificate !== undefined && { certificate: tls.certificate }),
  });
}

const DIAGNOSIS_BY_PAUSE: Readonly<Record<PauseReason, Diagnosis>> = {
  asked: 'rate-limited',
  budget: 'rate-limited',
  reserve: 'paused',
  busy: 'paused',
  failing: 'failing',
};

function pauseErrorOf(error: UpstreamPausedError, tried: Tried): ProviderError {
  const last = error.cause instanceof EgressFailedError ? ` The last time: ${error.cause.message}` : '';
  return failed(DIAGNOSIS_BY_PAUSE[error.reason], tried, `${error.message}${last}`, {
    cause: error,
    retryAt: error.retryAt,
  });
}

function clientFailureOf(error: ClientError, tried: Tried): ProviderError {
  const status = error instanceof UnexpectedReplyError ? { status: error.status } : {};
  return failed(clientDiagnosisOf(error), tried, error.message, { cause: error, ...status });
}

function clientDiagnosisOf(error: ClientError): Diagnosis {
  if (error instanceof UnsafeAddressError) return 'denied-here';
  if (error instanceof LoginRefusedError) return 'wrong-credentials';
  if (error instanceof NotFoundError) return 'not-found';
  if (error instanceof UnreachableError) return 'unreachable';
  if (error instanceof MalformedReplyError || error instanceof ReplyTooLargeError) return 'malformed';
  return 'failing';
}

function failed(
  diagnosis: Diagnosis,
  { host, what }: Tried,
  text: string,
  options: ConstructorParameters<typeof ProviderError>[2],
): ProviderError {
  return new ProviderError(diagnosis, `${host}, ${what}: ${text}`, options);
}

function shown(time: number): string {
  return new Date(time).toISOString();
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
