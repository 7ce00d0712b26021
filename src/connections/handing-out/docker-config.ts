import { parseRegistryUrl, type RegistryUrl } from '../../providers/registry-url.ts';

/** A name and a password, and where Docker is to send them. */
export interface HandedLogin {
  /** As Docker's configuration calls the registry: see {@link configKeyOf}. */
  readonly key: string;
  readonly username: string;
  readonly password: string;
}

/** `~/.docker/config.json`, as far as it is about logins. */
export interface DockerConfig {
  readonly auths: Readonly<Record<string, DockerAuth>>;
}

/** All three say the same: kubelet believes `auth`, other clients the two others. */
export interface DockerAuth {
  readonly username: string;
  readonly password: string;
  /** Base64 of `username:password`, in the standard alphabet, padded. */
  readonly auth: string;
}

/** How Docker's configuration has called Docker Hub since its first registry. */
export const HUB_KEY = 'https://index.docker.io/v1/';

/** A login that no file of Docker's can hold. The message says why. */
export class LoginUnwritableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/**
 * What a registry is called among the `auths`: `host[:port]`, and for Docker Hub a URL.
 *
 * @param part `path`: with the path of the URL behind it, for one of several accounts on one host. kubelet, podman,
 *   buildah and skopeo take the longest that fits an image; Docker knows hosts alone. Docker Hub is `docker.io` then.
 */
export function configKeyOf({ host, path }: RegistryUrl, part: 'host' | 'path' = 'host'): string {
  if (part === 'path' && path !== '') return `${host}/${path}`;
  return host === 'docker.io' ? HUB_KEY : host;
}

/**
 * The host that a client means by a key: `docker.io` for `https://index.docker.io/v1/`, `ghcr.io` for `ghcr.io` and
 * `https://ghcr.io/v2/`.
 *
 * @throws {RegistryUrlError}
 */
export function hostOfKey(key: string): string {
  return parseRegistryUrl(key.trim().replace(/\/v[12]\/?$/, '')).host;
}

/** @throws {LoginUnwritableError} */
export function dockerConfig(logins: readonly HandedLogin[]): DockerConfig {
  return { auths: Object.fromEntries(logins.map((login) => [login.key, authOf(login)])) };
}

/** @throws {LoginUnwritableError} */
function authOf({ key, username, password }: HandedLogin): DockerAuth {
  if (username.includes(':')) {
    throw new LoginUnwritableError(
      `The username for ${key} has a colon in it: Docker would take what follows for the password.`,
    );
  }
  return { username, password, auth: Buffer.from(`${username}:${password}`, 'utf8').toString('base64') };
}
