import type { Handler } from './generation.ts';

export interface CorsOptions {
  /** Origins whose scripts may call, such as `https://ui.example.org`, to the letter; or `*` alone for all of them. */
  readonly allowedOrigins: readonly string[];
  /** Whether the browser may send the credentials it holds. Not together with `*`. */
  readonly allowCredentials: boolean;
  /** Headers of requests that scripts may set, besides those they always may. */
  readonly allowedHeaders: readonly string[];
  /** Headers of replies that scripts may read, besides those they always may. */
  readonly exposedHeaders: readonly string[];
}

/** With such options every page on the web could act as whoever visits it. */
export class CorsOptionsError extends Error {
  constructor() {
    super('credentials cannot be allowed to every origin: list the origins instead of "*"');
    this.name = new.target.name;
  }
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** A day; browsers cap it at two hours or less. */
const PREFLIGHT_SECONDS = '86400';

/**
 * A handler that lets scripts of other web pages call `handler`. It answers their preflight requests itself, because
 * these never carry credentials. Without allowed origins it is `handler` itself: CORS then costs nothing.
 *
 * @throws {CorsOptionsError}
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function withCors(options: CorsOptions, handler: Handler): Handler {
  if (options.allowedOrigins.length === 0) return handler;
  const isOpen = options.allowedOrigins.includes('*');
  if (isOpen && options.allowCredentials) throw new CorsOptionsError();
  const allowed = new Set(options.allowedOrigins);

  const allowedOrigin = (origin: string | null): string | undefined => {
    if (isOpen) return '*';
    return origin !== null && allowed.has(origin) ? origin : undefined;
  };
  return async (request, connection) => {
    const origin = allowedOrigin(request.headers.get('origin'));
    const response = isPreflight(request) ? preflightResponse(options, origin) : await handler(request, connection);
    // Also where nothing is allowed: a cache must not give this reply to an origin that is.
    if (!isOpen) response.headers.append('Vary', 'Origin');
    if (origin === undefined) return response;
    response.headers.set('Access-Control-Allow-Origin', origin);
    response.headers.set('Access-Control-Expose-Headers', options.exposedHeaders.join(', '));
    if (options.allowCredentials) response.headers.set('Access-Control-Allow-Credentials', 'true');
    return response;
  };
}

function isPreflight(request: Request): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.has('origin') &&
    request.headers.has('access-control-request-method')
  );
}

function preflightResponse(options: CorsOptions, origin: string | undefined): Response {
  if (origin === undefined) return new Response(null, { status: 204 });
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': options.allowedHeaders.join(', '),
      'Access-Control-Max-Age': PREFLIGHT_SECONDS,
    },
  });
}
