import { Login } from '../../src/client/authorization/login.ts';
import { parseRegistryAddress, type Scheme } from '../../src/client/registry-address.ts';
import { RemoteRegistry, type RemoteRegistryOptions } from '../../src/client/remote-registry.ts';
import type { RemoteRepository } from '../../src/client/remote-repository.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';

export interface RemoteOptions extends Partial<RemoteRegistryOptions> {
  /** Name and password. */
  readonly as?: readonly [username: string, password: string];
  readonly scheme?: Scheme;
  /** Collects how long the client would have waited, in milliseconds. */
  readonly pauses?: number[];
}

/** The client of a registry, which does not wait before it tries again. */
export function remoteRegistry(
  host: string,
  { as, scheme, pauses = [], ...options }: RemoteOptions = {},
): RemoteRegistry {
  return new RemoteRegistry(parseRegistryAddress(host, scheme), {
    userAgent: 'havre/test',
    ...(as !== undefined && { login: async () => Login.password(...as) }),
    ...options,
    retry: {
      pause: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        pauses.push(milliseconds);
      },
      ...options.retry,
    },
  });
}

export function remoteRepository(host: string, name: string, options: RemoteOptions = {}): RemoteRepository {
  return remoteRegistry(host, options).repository(parseRepositoryName(name), 'pull', 'push');
}

/** The name and password in an `Authorization` header of Basic. */
export function loginIn(authorization: string): readonly [username: string, password: string] {
  const text = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1)];
}
