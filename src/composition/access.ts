import type { Config } from '../config.ts';
import { openAuth, type Auth } from '../auth/open.ts';
import type { LoginFailure } from '../auth/passwords/login-failure.ts';
import type { Actor } from '../metadata/actor.ts';
import type { Content } from './content.ts';
import type { Logger } from '../telemetry/log.ts';

/** Who may do what, as the configuration says. */
export function openAccess(
  config: Config,
  { db, refusals }: Pick<Content, 'db' | 'refusals'>,
  log: Logger,
  now: () => Date,
): Promise<Auth> {
  const { auth, publicUrl } = config;
  return openAuth({
    database: db,
    clock: now,
    onWarning: (message) => log.warn({}, message),
    onFailure: (failure) => {
      log.warn({ ...failure }, 'login refused');
      noteLogin(refusals, failure);
    },
    ...(auth.htpasswdPath !== undefined && {
      htpasswd: { path: auth.htpasswdPath, actions: auth.htpasswdActions },
    }),
    rememberSeconds: auth.rememberSeconds,
    bearerSeconds: auth.tokenSeconds,
    refreshSeconds: auth.refreshSeconds,
    sessionSeconds: auth.sessionSeconds,
    sessionIdleSeconds: auth.sessionIdleSeconds,
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

/** A name is as long as whoever sends it likes. */
const LONGEST_NAME_CHARACTERS = 128;

function noteLogin(refusals: Content['refusals'], { kind, source, account }: LoginFailure): void {
  const actor: Actor = {
    principalId: 'anonymous',
    principalKind: 'anonymous',
    principalName: '',
    source,
    cause: 'client',
  };
  const name = account.slice(0, LONGEST_NAME_CHARACTERS).toWellFormed();
  refusals.note(actor, { action: 'login.refused', details: { account: name, credential: kind } });
}
