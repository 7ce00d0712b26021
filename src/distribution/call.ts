import type { Identity } from '../auth/identity.ts';
import type { Route, RouteName } from '../oci/endpoints.ts';

/** An answer at once where everything is in memory, and a promise of one where it is not. */
export type AtOnceOrLater<Value> = Value | Promise<Value>;

/** One request that was understood and allowed. */
export interface Call<Name extends RouteName = RouteName> {
  readonly request: Request;
  readonly route: Extract<Route, { name: Name }>;
  readonly identity: Identity;
  /** Read when first asked for: the hottest requests have none. */
  readonly query: URLSearchParams;
}

export function callOf(request: Request, route: Route, identity: Identity, search: string): Call {
  return new IncomingCall(request, route, identity, search);
}

class IncomingCall implements Call {
  readonly request: Request;
  readonly route: Route;
  readonly identity: Identity;
  readonly #search: string;
  #query: URLSearchParams | undefined;

  constructor(request: Request, route: Route, identity: Identity, search: string) {
    this.request = request;
    this.route = route;
    this.identity = identity;
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
