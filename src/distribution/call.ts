import type { Identity } from '../auth/identity.ts';
import type { Connection } from '../http/connection.ts';
import type { Route, RouteName } from '../oci/endpoints.ts';

/** An answer at once where everything is in memory, and a promise of one where it is not. */
export type AtOnceOrLater<Value> = Value | Promise<Value>;

/** One request that was understood and allowed. */
export interface Call<Name extends RouteName = RouteName> {
  readonly request: Request;
  readonly route: Extract<Route, { name: Name }>;
  readonly identity: Identity;
  readonly connection: Connection;
  /** Read when first asked for: the hottest requests have none. */
  readonly query: URLSearchParams;
}

/** What a {@link Call} is made of. */
export interface CallParts {
  readonly request: Request;
  readonly route: Route;
  readonly identity: Identity;
  readonly connection: Connection;
  /** The query, as text. */
  readonly search: string;
}

export function callOf(parts: CallParts): Call {
  return new IncomingCall(parts);
}

class IncomingCall implements Call {
  readonly request: Request;
  readonly route: Route;
  readonly identity: Identity;
  readonly connection: Connection;
  readonly #search: string;
  #query: URLSearchParams | undefined;

  constructor({ request, route, identity, connection, search }: CallParts) {
    this.request = request;
    this.route = route;
    this.identity = identity;
    this.connection = connection;
    this.#search = search;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }
}

/** The part of a URL after its host, cut at the question mark. */
export interface Target {
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly search: string;
}

/** Cheaper than `new URL`, on a path that every request takes. */
export function targetOf(url: string): Target {
  // Without a Host header, as the health checks of some proxies are (HTTP/1.0), the URL is only a path.
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('://') + 3);
  if (start === -1) return { path: '/', search: '' };
  const mark = url.indexOf('?', start);
  return mark === -1
    ? { path: url.slice(start), search: '' }
    : { path: url.slice(start, mark), search: url.slice(mark + 1) };
}
