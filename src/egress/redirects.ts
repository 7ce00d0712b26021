import { EgressDeniedError, EgressFailedError } from './egress-error.ts';

/** One request of several, where the one before was redirected. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Headers that say nothing of who asks. All others are for the place that they were made for. */
const FOR_ANYBODY: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'if-modified-since',
  'if-none-match',
  'range',
]);

/**
 * Where an answer sends us, and with what. To another scheme, host or port go neither credentials nor bodies, and what
 * was left behind is not taken up again further on (CVE-2026-33540 and its like).
 *
 * @param followed how many redirects led to `from`.
 * @returns `undefined`: nowhere, the answer is the last one.
 * @throws {EgressDeniedError} out of https, to what is no web address, or elsewhere with what changes something.
 * @throws {EgressFailedError} it goes on and on.
 */
export function nextHop(from: Hop, answer: RedirectingAnswer, followed: number): Hop | undefined {
  const location = REDIRECTS.has(answer.status) ? answer.headers.get('location') : undefined;
  if (location === undefined) return undefined;
  const { host } = from.url;
  const url = URL.canParse(location, from.url.href) ? new URL(location, from.url) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new EgressDeniedError(`${host} redirects to what is no web address.`);
  }
  if (url.protocol === 'http:' && from.url.protocol === 'https:') {
    throw new EgressDeniedError(`${host} redirects out of https, to ${url.host}. Refused.`);
  }
  if (followed >= MAX_REDIRECTS) {
    throw new EgressFailedError(`${host} redirects more than ${MAX_REDIRECTS} times.`, { reason: 'redirects' });
  }
  const { method, body } = turned(from, answer.status);
  const headers = body === undefined ? withoutBody(from.headers) : from.headers;
  if (url.origin === from.url.origin) return { method, url, headers, body };
  if (!SAFE_METHODS.has(method)) {
    throw new EgressDeniedError(`${host} redirects a ${method} elsewhere, to ${url.host}. Refused.`);
  }
  return { method, url, headers: forAnybody(headers), body: undefined };
}

interface RedirectingAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * As browsers do (Fetch §4.4), a POST that is moved becomes a GET. Nothing else does: whoever deletes something must not
 * take the page that is shown then for success.
 */
function turned({ method, url, body }: Hop, status: number): Pick<Hop, 'method' | 'body'> {
  if (method === 'POST' && status <= 303) return { method: 'GET', body: undefined };
  if (status === 303 && !SAFE_METHODS.has(method)) {
    throw new EgressDeniedError(`${url.host} redirects a ${method} to something else. Refused.`);
  }
  return { method, body };
}

function withoutBody(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
}

function forAnybody(headers: Hop['headers']): Hop['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => FOR_ANYBODY.has(name.toLowerCase())));
}
