import type { AdminApi } from '../api/admin-api.ts';
import { problemResponse } from '../api/problem.ts';
import type { Config } from '../config.ts';
import { targetOf } from '../distribution/call.ts';
import { createDistribution, type Distribution, type Exchange } from '../distribution/dispatch.ts';
import type { Connection } from '../http/connection.ts';
import type { Handler } from '../http/listener.ts';
import { createAccessLog } from '../telemetry/access-log.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Installation } from './installation.ts';

export interface EntryParts {
  readonly config: Config;
  readonly installation: Installation;
  readonly api: AdminApi;
  readonly log: Logger;
}

/** Where every request of the public listener comes in. */
export interface Entry {
  readonly handle: Handler;
  /** Said by `/readyz`: a load balancer sends nothing here while it is not so. */
  setReady(isReady: boolean): void;
}

export function createEntry(parts: EntryParts): Entry {
  const distribution = distributionOf(parts);
  const admin = adminOf(parts);
  const observe = observerOf(parts);
  let isReady = false;
  return {
    setReady: (ready) => {
      isReady = ready;
    },
    handle: (request, connection) => {
      const { path } = targetOf(request.url);
      if (path === '/livez') return new Response('ok\n');
      if (path === '/readyz' || path === '/startupz') {
        return isReady ? new Response('ok\n') : new Response('not ready\n', { status: 503 });
      }
      const began = performance.now();
      const exchange: Exchange = { endpoint: 'none' };
      const finish = (response: Response): Response => {
        observe({ request, connection, response, exchange, milliseconds: performance.now() - began });
        return response;
      };
      const answer = path.startsWith('/api/') ? admin : distribution;
      const response = answer(request, connection, exchange);
      return response instanceof Promise ? response.then(finish) : finish(response);
    },
  };
}

function distributionOf({ config, installation: { content, auth } }: EntryParts): Distribution {
  return createDistribution({
    ...content,
    authenticator: auth.authenticator,
    tokens: auth.tokenService,
    isDeletionEnabled: config.delete.enabled,
    manifestBytes: config.limits.manifestBytes,
  });
}

/** The admin API for those who come with a password or a token. */
function adminOf({ installation: { auth }, api }: EntryParts): Distribution {
  return async (request, connection, exchange) => {
    exchange.endpoint = 'api';
    try {
      const identity = await auth.authenticator.identify(request.headers.get('authorization'), connection);
      exchange.identity = identity;
      return await api(request, identity);
    } catch (error) {
      return problemResponse(error);
    }
  };
}

/** One request, answered. */
interface Answered {
  readonly request: Request;
  readonly connection: Connection;
  readonly response: Response;
  readonly exchange: Exchange;
  readonly milliseconds: number;
}

function observerOf({ log }: EntryParts): (answered: Answered) => void {
  const writeAccessLine = createAccessLog(log);
  return ({ request, connection, response, exchange, milliseconds }) => {
    if (!log.isEnabled(response.status >= 500 ? 'error' : 'info')) return;
    writeAccessLine({
      requestId: connection.requestId,
      method: request.method,
      endpoint: exchange.endpoint,
      repository: exchange.repository,
      status: response.status,
      bytesIn: Number(request.headers.get('content-length') ?? 0),
      bytesOut: Number(response.headers.get('content-length') ?? 0),
      milliseconds,
      source: connection.source,
      principal: exchange.identity?.principal.name,
      userAgent: request.headers.get('user-agent'),
      failure: exchange.failure,
    });
  };
}
