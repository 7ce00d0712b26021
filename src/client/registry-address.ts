import { ReferenceInvalidError } from './client-error.ts';
import { isLoopback } from './network-place.ts';

/** Where a registry is. */
export interface RegistryAddress {
  /** As people write it: `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly name: string;
  /** Where its API is: `https://registry-1.docker.io`. */
  readonly origin: string;
}

export const DOCKER_HUB = 'docker.io';

/** Docker Hub has three names, and its API is at a fourth. */
const HUB_NAMES: ReadonlySet<string> = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io']);
const HUB_ORIGIN = 'https://registry-1.docker.io';

export type Scheme = 'http' | 'https';

/**
 * The address of `host[:port]`. Without a scheme, this machine is asked without TLS, as all clients do, and every other
 * one with it.
 *
 * @throws {ReferenceInvalidError}
 */
export function parseRegistryAddress(host: string, scheme?: Scheme): RegistryAddress {
  if (HUB_NAMES.has(host.toLowerCase()) && scheme !== 'http') return { name: DOCKER_HUB, origin: HUB_ORIGIN };
  const text = `${scheme ?? 'https'}://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === '' || url.pathname !== '/' || /[@/\\?#\s]/.test(host)) {
    throw new ReferenceInvalidError(`${host} is not the host of a registry, such as registry.example.org:5000.`);
  }
  const isPlain = scheme === 'http' || (scheme === undefined && isLoopback(url.hostname));
  const { origin } = new URL(`${isPlain ? 'http' : 'https'}://${host}`);
  return { name: host.toLowerCase(), origin };
}
