import type { Auth } from '../auth/open.ts';
import type { Config } from '../config.ts';
import { createDistribution, type Exchange } from '../distribution/dispatch.ts';
import type { Handler } from '../http/listener.ts';
import { targetOf } from '../distribution/call.ts';
import type { Content } from './content.ts';

/** Told of every request that was answered. */
export type Observe = (request: Request, response: Response, exchange: Exchange, seconds: number) => void;

export interface EntryParts {
  readonly config: Config;
  readonly content: Content;
  readonly auth: Auth;
  readonly observe: Observe;
  readonly isReady: () => boolean;
}

/** Where every request of the public listener comes in. */
export function createEntry({ config, content, auth, observe, isReady }: EntryParts): Handler {
  const distribution = createDistribution({
    ...content,
    authenticator: auth.authenticator,
    tokens: auth.tokenService,
    isDeletionEnabled: config.delete.enabled,
    manifestBytes: config.limits.manifestBytes,
  });
  return (request, connection) => {
    const { path } = targetOf(request.url);
    if (path === '/livez') return new Response('ok\n');
    if (path === '/readyz' || path === '/startupz')
      return new Response(isReady() ? 'ok\n' : 'no\n', { status: isReady() ? 200 : 503 });
    const began = performance.now();
    const exchange: Exchange = { endpoint: 'none' };
    const finish = (response: Response): Response => {
      observe(request, response, exchange, (performance.now() - began) / 1000);
      return response;
    };
    const response = distribution(request, connection, exchange);
    return response instanceof Promise ? response.then(finish) : finish(response);
  };
}
