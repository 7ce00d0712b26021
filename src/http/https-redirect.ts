import type { Handler } from './generation.ts';

/**
 * A handler for plain HTTP that sends readers to the same path over HTTPS. Who wants to write is refused instead: the
 * credentials that came along were already readable on the way, and a redirect would hide that for ever.
 *
 * @param httpsPort where HTTPS is, as clients reach it.
 */
export function redirectToHttps(httpsPort: number): Handler {
  return (request, connection) => {
    const host = connection.host.replace(/:\d+$/, '');
    const origin = `https://${host}${httpsPort === 443 ? '' : `:${httpsPort}`}`;
    if (request.method === 'GET' || request.method === 'HEAD') {
      return new Response(null, { status: 308, headers: { Location: origin + targetOf(request.url) } });
    }
    return new Response(`This is plain HTTP. Use ${origin}\n`, {
      status: 403,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' },
    });
  };
}

/** Path and query, as they came. A URL without host, from a client that named none, is just that. */
function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return url.startsWith('/') ? url : start === -1 ? '/' : url.slice(start);
}
