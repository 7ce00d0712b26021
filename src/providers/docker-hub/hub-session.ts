import { type Method, OciSession } from '../oci/oci-session.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { HubApi } from './hub-api.ts';

/** Where the parts of Docker Hub are. */
export interface DockerHubPlaces {
  /** Its own API. */
  readonly api: string;
  readonly registry: string;
  /** The token service. */
  readonly auth: string;
}

export interface HubOptions {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  readonly places: DockerHubPlaces;
}

/** What all that is done at Docker Hub needs. */
export interface HubSession extends HubOptions {
  readonly api: HubApi;
  readonly registry: OciSession;
}

export function openHub(options: HubOptions): HubSession {
  const { target, tools, places } = options;
  const login = target.secret === '' ? undefined : { username: target.username, password: target.secret };
  const registry = new OciSession({
    name: 'docker.io',
    origin: places.registry,
    login: async () => await Promise.resolve(login),
    tools,
  });
  registry.use(tokenServiceOf(places));
  return { ...options, api: new HubApi(options), registry };
}

/** Known, so that no challenge is needed to find it. */
export function tokenServiceOf({ auth }: DockerHubPlaces): Method & { kind: 'bearer' } {
  return { kind: 'bearer', realm: new URL(`${auth}/token`), service: 'registry.docker.io' };
}
