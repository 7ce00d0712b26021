import type { Auth } from '../auth/open.ts';
import type { Config } from '../config.ts';
import type { Connection } from '../http/connection.ts';
import { basicChallenge } from '../oci/challenge.ts';
import { healthResponse, type Health, type HealthStage } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface OwnEndpointsParts {
  readonly config: Config;
  readonly auth: Auth;
  readonly health: Health;
  readonly metrics: Metrics;
}

/** What is asked of the program and not of the registry: is it well, and what does it count? */
export type OwnEndpoints = (path: string, request: Request, connection: Connection) => Promise<Response> | undefined;

const STAGE_BY_PATH: ReadonlyMap<string, HealthStage> = new Map([
  ['/livez', 'live'],
  ['/readyz', 'ready'],
  ['/startupz', 'startup'],
]);

/** @returns `undefined` for a path of somebody else's. */
export function createOwnEndpoints(parts: OwnEndpointsParts): OwnEndpoints {
  const { config } = parts;
  return (path, request, connection) => {
    const stage = STAGE_BY_PATH.get(path);
    if (stage !== undefined) {
      const isVerbose = new URLSearchParams(request.url.split('?')[1]).has('verbose');
      return answerHealth(parts, stage, isVerbose ? { request, connection } : undefined);
    }
    return path === '/metrics' && config.metrics.enabled ? answerMetrics(parts, request, connection) : undefined;
  };
}

async function answerMetrics(
  { config, auth, metrics }: OwnEndpointsParts,
  request: Request,
  connection: Connection,
): Promise<Response> {
  if (!config.metrics.public && !(await mayInspect({ config, auth }, request, connection))) {
    const headers = { 'WWW-Authenticate': basicChallenge(config.auth.realm) };
    return new Response('metrics are for administrators, or for everybody with metrics.public\n', {
      status: 401,
      headers,
    });
  }
  return new Response(await metrics.render(), { headers: { 'Content-Type': metrics.contentType } });
}

/** What a check says of itself may name paths of this machine: only for those who may know them. */
async function answerHealth(
  parts: OwnEndpointsParts,
  stage: HealthStage,
  verbose: { readonly request: Request; readonly connection: Connection } | undefined,
): Promise<Response> {
  const isVerbose = verbose !== undefined && (await mayInspect(parts, verbose.request, verbose.connection));
  return healthResponse(await parts.health.report(stage), isVerbose);
}

async function mayInspect(
  { config, auth }: Pick<OwnEndpointsParts, 'config' | 'auth'>,
  request: Request,
  connection: Connection,
): Promise<boolean> {
  return isFromThisMachine(config, request, connection) || isAdministrator(auth, request, connection);
}

/** A proxy on this machine is not this machine, and not every proxy says that it is one. */
function isFromThisMachine({ http, publicUrl }: Config, request: Request, { source }: Connection): boolean {
  const isForwarded = request.headers.has('x-forwarded-for') || request.headers.has('forwarded');
  if (isForwarded || http.trustedProxies.length > 0 || publicUrl !== undefined) return false;
  return source === '::1' || source.startsWith('127.');
}

async function isAdministrator({ authenticator }: Auth, request: Request, connection: Connection): Promise<boolean> {
  const authorization = request.headers.get('authorization');
  if (authorization === null) return false;
  try {
    return (await authenticator.identify(authorization, connection)).isAdministrator;
  } catch {
    // Whatever is wrong with the credential, the answer is the same 401.
    return false;
  }
}
