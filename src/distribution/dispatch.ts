import type { Identity } from '../auth/identity.ts';
import { allowedMethods, findEndpoint, type Endpoint, type Route } from '../oci/endpoints.ts';
import { UnsupportedError } from '../oci/errors.ts';
import type { Connection } from '../http/connection.ts';
import { checkAccess, withChallenge, type Asked, type WriteChallenge } from './access.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import { callOf, type AtOnceOrLater, type Call, type Target } from './call.ts';
import { errorReply } from './error-response.ts';
import { listCatalog, listReferrers, listTags } from './lists.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import type { DistributionParts } from './parts.ts';
import { bodyBytes, emptyReply, jsonReply, toResponse, type Reply } from './reply.ts';
import { noteRefused } from './refused-call.ts';
import { rememberedRoutes } from './remembered-routes.ts';
import { answerToken } from './token.ts';
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from './uploads.ts';

/** What became of one request, for logs and metrics. Filled while it is answered. */
export interface Exchange {
  endpoint: string;
  repository?: string;
  identity?: Identity;
  failure?: unknown;
  /** Read from the URL by whoever decided that it is ours. */
  readonly target: Target;
  /** Of the reply's body. */
  bytesOut?: number;
}

export type Distribution = (request: Request, connection: Connection, exchange: Exchange) => AtOnceOrLater<Response>;

/** A token that ran out during a long push still finishes the session that its principal opened, in seconds. */
const SESSION_OUTLIVES_TOKEN_SECONDS = 24 * 60 * 60;

/**
 * The OCI HTTP API, as one function: the path is read once, the endpoint's scope is checked, the handler answers with
 * values, and errors become replies in one place. Where nothing has to be waited for, no promise is made: a pull of a
 * manifest that is in memory costs little more than its reply.
 */
export function createDistribution(parts: DistributionParts): Distribution {
  const routeOf = rememberedRoutes();
  return (request, connection, exchange) => {
    const arrival: Arrival = { request, connection, exchange, parts, routeOf };
    const succeed = (reply: Reply): Response => {
      exchange.bytesOut = request.method === 'HEAD' ? 0 : bodyBytes(reply);
      return toResponse(reply, connection);
    };
    const fail = (error: unknown): Response => {
      if (isClientGone(request, error)) return succeed(emptyReply(CLIENT_GONE));
      if (parts.refusals !== undefined) noteRefused(parts.refusals, error, arrival);
      const report = (failure: unknown): void => {
        exchange.failure = failure;
      };
      return succeed(errorReply(error, report));
    };
    try {
      const reply = answer(arrival);
      return reply instanceof Promise ? reply.then(succeed, fail) : succeed(reply);
    } catch (error) {
      return fail(error);
    }
  };
}

/** Nobody receives it: a status for the log and the metrics, as nginx has it. */
const CLIENT_GONE = 499;

/** A connection that ended in the middle of a request is no failure of ours. */
function isClientGone(request: Request, error: unknown): boolean {
  return request.signal.aborted && error instanceof Error && error.name === 'AbortError';
}

/** A request, before anything is known of it. */
interface Arrival {
  readonly request: Request;
  readonly connection: Connection;
  readonly exchange: Exchange;
  readonly parts: DistributionParts;
  readonly routeOf: (path: string) => Route | undefined;
}

function answer(arrival: Arrival): AtOnceOrLater<Reply> {
  const { request, connection, exchange, parts, routeOf } = arrival;
  const { path, search } = exchange.target;
  if (path === '/token') {
    exchange.endpoint = 'token';
    return answerToken(request, search, connection, parts.tokens);
  }
  const route = routeOf(path);
  if (route === undefined) return notFound();
  if ('repository' in route) exchange.repository = route.repository;
  const endpoint = findEndpoint(route.name, request.method);
  if (endpoint === undefined) return methodNotAllowed(route);
  exchange.endpoint = endpoint.id;
  const challenge: WriteChallenge = (wanted) =>
    parts.authenticator.challengeFor({ secure: connection.secure, host: connection.host, ...wanted });
  const asked: Asked = { endpoint, route, search, challenge };
  const proceed = (identity: Identity): AtOnceOrLater<Reply> => {
    exchange.identity = identity;
    checkAccess(asked, identity);
    return handle(callOf({ request, route, identity, connection, search }), endpoint, parts);
  };
  const identity = identify(arrival, asked);
  return identity instanceof Promise ? identity.then(proceed) : proceed(identity);
}

function identify({ request, connection, parts }: Arrival, asked: Asked): AtOnceOrLater<Identity> {
  const refuse = (error: unknown): never => {
    throw withChallenge(error, asked);
  };
  const options = asked.route.name === 'upload' ? { acceptExpiredSeconds: SESSION_OUTLIVES_TOKEN_SECONDS } : {};
  try {
    const identity = parts.authenticator.identify(request.headers.get('authorization'), connection, options);
    return identity instanceof Promise ? identity.catch(refuse) : identity;
  } catch (error) {
    return refuse(error);
  }
}

/** `Call` is narrowed by its route's name, which is what decides the handler. */
function handle(call: Call, endpoint: Endpoint, parts: DistributionParts): AtOnceOrLater<Reply> {
  switch (endpoint.id) {
    case 'end-1':
      return jsonReply({});
    case 'end-2':
      return getBlob(call as Call<'blob'>, parts.blobs, parts.redirects);
    case 'end-3':
      return getManifest(call as Call<'manifest'>, parts);
    case 'end-4':
      return postUpload(call as Call<'uploads'>, parts);
    case 'end-5':
      return patchUpload(call as Call<'upload'>, parts);
    case 'end-6':
      return putUpload(call as Call<'upload'>, parts);
    case 'end-7':
      return putManifest(call as Call<'manifest'>, parts.manifests, parts.manifestBytes);
    case 'end-8':
      return listTags(call as Call<'tags'>, parts.names, parts.pageSize);
    case 'end-9':
      return deleteManifest(call as Call<'manifest'>, parts.manifests, parts.isDeletionEnabled);
    case 'end-10':
      return deleteBlob(call as Call<'blob'>, parts.blobs, parts.isDeletionEnabled);
    case 'end-12':
      return listReferrers(call as Call<'referrers'>, parts.referrers);
    case 'end-13':
      return getUpload(call as Call<'upload'>, parts);
    case 'end-14':
      return deleteUpload(call as Call<'upload'>, parts);
    case 'ext-catalog':
      return listCatalog(call as Call<'catalog'>, parts.names, parts.pageSize);
    case 'ext-discover':
      return jsonReply({ extensions: [] });
    default:
      throw new UnsupportedError(`${endpoint.id} has no handler`);
  }
}

function notFound(): Reply {
  return {
    status: 404,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message: 'no such endpoint' }] }),
  };
}

function methodNotAllowed(route: Route): Reply {
  const allow = allowedMethods(route.name).join(', ');
  return {
    status: 405,
    headers: { 'Content-Type': 'application/json', Allow: allow },
    body: JSON.stringify({ errors: [{ code: 'UNSUPPORTED', message: `allowed here: ${allow}` }] }),
  };
}
