import type { Identity } from '../auth/identity.ts';
import type { Route, RouteName } from '../oci/endpoints.ts';

/** One request that was understood and allowed. */
export interface Call<Name extends RouteName = RouteName> {
  readonly request: Request;
  readonly route: Extract<Route, { name: Name }>;
  readonly query: URLSearchParams;
  readonly identity: Identity;
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
