import type { Config } from '../config.ts';
import { openAuth, type Auth } from '../auth/open.ts';
import type { Database } from '../metadata/database.ts';
import type { Logger } from '../telemetry/log.ts';

/** Who may do what, as the configuration says. */
export function openAccess(config: Config, db: Database, log: Logger, now: () => Date): Promise<Auth> {
  const { auth, publicUrl } = config;
  return openAuth({
    database: db,
    clock: now,
    onWarning: (message) => log.warn({}, message),
    onFailure: (failure) => log.warn({ ...failure }, 'login refused'),
    ...(auth.htpasswdPath !== undefined && {
      htpasswd: { path: auth.htpasswdPath, actions: auth.htpasswdActions },
    }),
    rememberSeconds: auth.rememberSeconds,
    bearerSeconds: auth.tokenSeconds,
    refreshSeconds: auth.refreshSeconds,
    throttle: {
      accountFailures: auth.accountFailures,
      sourceFailures: auth.sourceFailures,
      longestWaitSeconds: auth.longestWaitSeconds,
    },
    challenge: {
      scheme: auth.challenge,
      realm: auth.realm,
      ...(publicUrl !== undefined && { tokenUrl: `${publicUrl}/token` }),
    },
  });
}
