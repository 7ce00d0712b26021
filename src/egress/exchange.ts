import http from 'node:http';
import https from 'node:https';
import { rootCertificates } from 'node:tls';
import {
  EgressDeniedError,
  EgressFailedError,
  type Failure,
  failureOf,
  setupFailureOf,
  type TlsProblem,
} from './egress-error.ts';
import type { KeptConnections } from './kept-connections.ts';
import { lookAtCertificate } from './peer-certificate.ts';
import type { Target } from './target.ts';

export interface PinnedRequest {
  readonly target: Target;
  /** The one that was checked. Nothing is looked up again. */
  readonly address: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** PEM: authorities to believe besides the usual ones. */
  readonly authorities: readonly string[];
  /** PEM: who we are to servers that want a certificate. */
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Absent: the connection serves once. */
  readonly kept: KeptConnections | undefined;
  /** For the connection, TLS included. */
  readonly connectMilliseconds: number;
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

/** No address answered in time, or the connection was refused: the next one may do better. Nothing was sent. */
export class NotConnectedError extends EgressFailedError {}

/** A connection that was kept was closed at the same moment: a new one may do. */
export class StaleConnectionError extends EgressFailedError {}

/**
 * Sends a request to an address, by a connection of its own or one that was kept. The certificate is checked against the name, which is also
 * what the `Host` header says. Proxies that the environment names are not asked, because then they would look up the name:
 * `fetch` asks them.
 *
 * @returns the answer from its body on: whoever gets it reads it, or destroys it.
 * @throws {EgressFailedError}
 */
export async function exchange(request: PinnedRequest): Promise<http.IncomingMessage> {
  const { target, signal, connectMilliseconds } = request;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  let isConnected = false;
  let isAnswered = false;
  const sent = opened(request);
  const fail = (failure: Failure, cause?: unknown): void => {
    if (isAnswered) return;
    reject(errorOf(target, failure, { cause, isConnected, isStale: sent.reusedSocket && failure.reason === 'cut' }));
    // Destroying may be silent or not: the promise is settled either way.
    sent.destroy();
  };
  const onConnected = (): void => {
    isConnected = true;
    clearTimeout(timer);
  };
  const timer = setTimeout(() => fail({ text: 'it does not answer', reason: 'timeout' }), connectMilliseconds);
  const onAbort = (): void => fail({ text: 'it took too long', reason: 'timeout' }, signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  sent.on('socket', (socket) => {
    if (sent.reusedSocket) onConnected();
    else socket.once(target.isTls ? 'secureConnect' : 'connect', onConnected);
  });
  sent.on('response', (answer) => {
    isAnswered = true;
    resolve(answer);
  });
  sent.on('error', (error) => fail(failureOf(error), error));
  // A connection that is closed before an answer is not always told of as an error.
  sent.on('close', () => fail({ text: 'the connection was cut', reason: 'cut' }));
  sent.end(request.body);
  try {
    return await promise;
  } catch (error) {
    throw await withCertificate(error, request);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function errorOf(
  { host }: Target,
  { text, ...failure }: Failure,
  {
    cause,
    isConnected,
    isStale,
  }: { readonly cause: unknown; readonly isConnected: boolean; readonly isStale: boolean },
): EgressFailedError {
  const hasConnected = isConnected || failure.reason === 'tls';
  const Kind = isStale ? StaleConnectionError : hasConnected ? EgressFailedError : NotConnectedError;
  return new Kind(`${host} could not be called: ${text}.`, { ...failure, cause });
}

/** The same error, with the certificate that was refused. */
async function withCertificate(error: unknown, request: PinnedRequest): Promise<unknown> {
  if (!(error instanceof EgressFailedError) || error.tls === undefined || request.signal.aborted) return error;
  if (!OF_CERTIFICATES.has(error.tls.problem)) return error;
  const certificate = await lookAtCertificate(request, request.connectMilliseconds);
  const { message, reason, tls, cause } = error;
  return new EgressFailedError(message, { reason, cause, tls: { ...tls, ...(certificate && { certificate }) } });
}

/** Problems that are of the certificate itself. */
const OF_CERTIFICATES: ReadonlySet<TlsProblem> = new Set([
  'other-names',
  'expired',
  'not-yet-valid',
  'self-signed',
  'unknown-authority',
  'revoked',
]);

/**
 * @throws {EgressDeniedError} a header would say something else than it seems to.
 * @throws {EgressFailedError} what we were given for TLS is not usable.
 */
function opened(request: PinnedRequest): http.ClientRequest {
  try {
    return open(request);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^ERR_(?:INVALID_CHAR|INVALID_HTTP_TOKEN|UNESCAPED_CHARACTERS)/.test(code)) {
      throw new EgressDeniedError('A header of the request has characters that no header may have.');
    }
    if (!request.target.isTls) throw error;
    throw errorOf(request.target, setupFailureOf(error), { cause: error, isConnected: true, isStale: false });
  }
}

function open(request: PinnedRequest): http.ClientRequest {
  const { target, address, method, headers, authorities, clientCertificate, clientKey, kept } = request;
  const common = {
    method,
    host: address,
    port: target.port,
    path: target.path,
    headers: { ...headers, Host: target.host, ...(kept === undefined && { Connection: 'close' }) },
    agent: kept?.for(target) ?? (false as const),
  };
  if (!target.isTls) return http.request(common);
  return https.request({
    ...common,
    rejectUnauthorized: true,
    // An address has no server name (RFC 6066 §3): it is checked against the certificate as it is.
    ...(target.isAddress ? {} : { servername: target.hostname }),
    // Named authorities take the place of the usual ones, unless these are named too.
    ...(authorities.length === 0 ? {} : { ca: [...authorities, ...rootCertificates] }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate, key: clientKey }),
  });
}
