import type { Actor } from '../../metadata/actor.ts';
import type { DockerLogin } from '../../providers/account.ts';
import { ProviderError } from '../../providers/provider-error.ts';
import { ConnectionError } from '../connection-errors.ts';
import type { Connections } from '../connections.ts';
import type { KeyedConnection, LeftOut } from './config-keys.ts';

export interface HandedOut extends KeyedConnection {
  readonly login: DockerLogin;
  /** When it ends; absent: nobody knows. */
  readonly expiresAt: Date | undefined;
}

export interface HandingOut {
  readonly actor: Actor;
  /** What for, as the audit log has it: `docker-config`. */
  readonly purpose: string;
  readonly signal: AbortSignal;
}

/** Registries that are asked at a time for short-lived credentials. */
const AT_ONCE = 8;

/** The login of one connection, which is recorded. @throws {ProviderError} the registry gives none just now. */
export async function handOut(
  connections: Pick<Connections, 'login'>,
  { connection, key }: KeyedConnection,
  { actor, purpose, signal }: HandingOut,
): Promise<HandedOut> {
  const login = await connections.login(connection.id, actor, purpose, signal);
  return { connection, key, login, expiresAt: login.expiresAt ?? connection.credential.expiresAt };
}

/** As {@link handOut} for many: one that fails is left out, and keeps none of the others back. */
export async function handOutAll(
  connections: Pick<Connections, 'login'>,
  keyed: readonly KeyedConnection[],
  handing: HandingOut,
): Promise<{ readonly handed: readonly HandedOut[]; readonly leftOut: readonly LeftOut[] }> {
  const handed: HandedOut[] = [];
  const leftOut: LeftOut[] = [];
  for (let at = 0; at < keyed.length; at += AT_ONCE) {
    const some = keyed.slice(at, at + AT_ONCE).map((one) => handOutOrSayWhy(connections, one, handing));
    for (const result of await Promise.all(some)) {
      if ('login' in result) handed.push(result);
      else leftOut.push(result);
    }
  }
  return { handed, leftOut };
}

async function handOutOrSayWhy(
  connections: Pick<Connections, 'login'>,
  keyed: KeyedConnection,
  handing: HandingOut,
): Promise<HandedOut | LeftOut> {
  try {
    return await handOut(connections, keyed, handing);
  } catch (error) {
    if (!(error instanceof ProviderError || error instanceof ConnectionError)) throw error;
    return { connection: keyed.connection, reason: error.message };
  }
}
