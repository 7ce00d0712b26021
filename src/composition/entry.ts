import type { AdminApi } from '../api/admin-api.ts';
import { ProblemError } from '../api/problem.ts';
import { refusalResponse } from '../api/refusal-response.ts';
import { identifyVisitor } from '../api/session/visitor.ts';
import type { Config } from '../config.ts';
import { targetOf } from '../distribution/call.ts';
import { createDistribution, type Distribution, type Exchange } from '../distribution/dispatch.ts';
import type { Handler } from '../http/listener.ts';
import { OciError } from '../oci/errors.ts';
import type { Health } from '../telemetry/health.ts';
import type { Installation } from './installation.ts';
import type { Observation } from './observation.ts';
import { createOwnEndpoints } from './own-endpoints.ts';
import { redirectsOf } from './redirects.ts';
import { consoleSite } from './console-site.ts';

export interface EntryParts {
  readonly config: Config;
  readonly installation: Installation;
  readonly api: AdminApi;
  readonly observation: Observation;
  readonly health: Health;
}

/** Where every request of the public listener comes in. Those that only ask whether we are well are not logged. */
export function createEntry(parts: EntryParts): Handler {
  const distribution = parts.config.role === 'worker' ? notHere : distributionOf(parts);
  const admin = adminOf(parts);
  const site = consoleSite(parts.config);
  const own = createOwnEndpoints({ ...parts, auth: parts.installation.auth, metrics: parts.observation.metrics });
  const { observe } = parts.observation;
  const { activity } = parts.installation.content.collector;
  return (request, connection) => {
    const target = targetOf(request.url);
    const { path } = target;
    const isRegistry = path.startsWith('/v2/');
    const answered = isRegistry ? undefined : (own(path, request, connection) ?? site?.(request, path));
    if (answered !== undefined) return answered;
    const began = performance.now();
    if (isRegistry) activity.note(began);
    const exchange: Exchange = { endpoint: 'none', target };
    const finish = (response: Response): Response => {
      observe({ request, connection, response, exchange, milliseconds: performance.now() - began });
      return response;
    };
    const isAdmin = !isRegistry && (path.startsWith('/api/') || path.startsWith('/cloud/'));
    const answer = isAdmin ? admin : distribution;
    const response = answer(request, connection, exchange);
    return response instanceof Promise ? response.then(finish) : finish(response);
  };
}

/**
 * A node that does scheduled work only is sent clients by mistake: they may try again, and a load balancer that asks
 * another node then is right.
 */
const notHere: Distribution = () =>
  Response.json(
    {
      errors: [{ code: 'UNSUPPORTED', message: 'this node does scheduled work only (role: worker); ask another one' }],
    },
    { status: 503 },
  );

function distributionOf({ config, installation: { content, auth } }: EntryParts): Distribution {
  return createDistribution({
    ...content,
    pullSink: content.events.pullEvents,
    authenticator: auth.authenticator,
    tokens: auth.tokenService,
    isDeletionEnabled: config.delete.enabled,
    redirects: redirectsOf(config.redirect),
    manifestBytes: config.limits.manifestBytes,
    pageSize: config.limits.pageSize,
  });
}

/** The admin API for those who come with a password, a token or the session of a browser, which is good for nothing else. */
function adminOf({ config, installation: { auth }, api }: EntryParts): Distribution {
  const { authenticator, sessions } = auth;
  const visitors = { authenticator, sessions, publicUrl: config.publicUrl };
  return async (request, connection, exchange) => {
    exchange.endpoint = 'api';
    try {
      const identity = await identifyVisitor(request, connection, visitors);
      exchange.identity = identity;
      return await api(request, identity, connection);
    } catch (error) {
      if (!(error instanceof OciError || error instanceof ProblemError)) exchange.failure = error;
      return refusalResponse(error, { request, realm: config.auth.realm, requestId: connection.requestId });
    }
  };
}
