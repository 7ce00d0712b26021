import type { Config } from '../config.ts';
import { withCors } from '../http/cors.ts';
import { redirectToHttps } from '../http/https-redirect.ts';
import { openListener, type Handler, type Listener, type ListenerOptions } from '../http/listener.ts';
import type { Logger } from '../telemetry/log.ts';

/** Where clients come in: the registry, and beside it, if it is wanted, a port that only sends to HTTPS. */
export interface PublicListeners {
  readonly registry: Listener;
  /** @returns how many requests were cut. */
  stop(drainSeconds: number): Promise<number>;
}

export async function openPublicListeners(config: Config, handler: Handler, log: Logger): Promise<PublicListeners> {
  const { address, redirectAddress } = config.http;
  const common = commonOptions(config, log);
  const registry = await openListener(
    { ...common, address, ...tlsOptions(config) },
    withCors(corsOptions(config), handler),
  );
  const redirect =
    redirectAddress === undefined
      ? undefined
      : await openListener({ ...common, address: redirectAddress }, redirectToHttps(httpsPort(config, registry)));
  return {
    registry,
    stop: async (drainSeconds) => {
      const [cut] = await Promise.all([registry.stop(drainSeconds), redirect?.stop(0)]);
      return cut;
    },
  };
}

function commonOptions({ http }: Config, log: Logger): Omit<ListenerOptions, 'address'> {
  return {
    trustedProxies: http.trustedProxies,
    idleTimeoutSeconds: http.bodyIdleSeconds,
    log,
    onError: (error) => log.error({ err: error }, 'a request failed'),
  };
}

function tlsOptions({ tls }: Config): Pick<ListenerOptions, 'tls'> {
  const { certificate, key, minVersion } = tls;
  return certificate === undefined || key === undefined ? {} : { tls: { certificate, key, minVersion } };
}

/** What scripts of other pages need to read a registry: the headers of the protocol. */
function corsOptions({ http }: Config): Parameters<typeof withCors>[0] {
  return {
    ...http.cors,
    allowedHeaders: [
      'Authorization',
      'Accept',
      'Content-Type',
      'Content-Range',
      'Range',
      'If-None-Match',
      'Cache-Control',
    ],
    exposedHeaders: [
      'Docker-Content-Digest',
      'Docker-Distribution-Api-Version',
      'Docker-Upload-UUID',
      'Content-Length',
      'Content-Range',
      'ETag',
      'Link',
      'Location',
      'OCI-Filters-Applied',
      'OCI-Subject',
      'OCI-Tag',
      'Range',
      'Retry-After',
      'Warning',
      'WWW-Authenticate',
      'X-Request-Id',
    ],
  };
}

/** As clients reach it: a proxy or a port mapping may stand between, and then the public URL says. */
function httpsPort({ publicUrl }: Config, registry: Listener): number {
  if (publicUrl === undefined) return registry.port ?? 443;
  const { port } = new URL(publicUrl);
  return port === '' ? 443 : Number(port);
}
