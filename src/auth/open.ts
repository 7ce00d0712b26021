import { availableParallelism } from 'node:os';
import type { Database } from '../metadata/database.ts';
import { listUsers } from '../metadata/users.ts';
import {
  ensureAdministrator,
  type ConfiguredNames,
  type GeneratedAdministrator,
} from './accounts/configured-administrator.ts';
import { rulesOf } from './accounts/account-rules.ts';
import { Grants } from './accounts/grants.ts';
import { OwnPassword } from './accounts/own-password.ts';
import { Tokens } from './accounts/tokens.ts';
import { Users } from './accounts/users.ts';
import { Authenticator } from './authenticator.ts';
import { BearerTokens } from './bearer/bearer-tokens.ts';
import { SigningKeys } from './bearer/signing-keys.ts';
import type { ChallengeOptions } from './challenge.ts';
import { IdentityChanges, type ChangeListener } from './changes.ts';
import { IdentityWatch } from './identity-watch.ts';
import { CredentialCheck } from './credentials/credential-check.ts';
import { LiveAccounts } from './accounts/live-accounts.ts';
import type { LoginFailure } from './passwords/login-failure.ts';
import { HtpasswdFile, NO_HTPASSWD_USERS, type HtpasswdUsers } from './passwords/htpasswd-file.ts';
import { verifyPassword } from './passwords/password.ts';
import { PasswordLogin } from './passwords/password-login.ts';
import { VerificationQueue } from './passwords/verification-queue.ts';
import type { Action } from './principal.ts';
import { LoginThrottle, type ThrottleOptions } from './passwords/login-throttle.ts';
import type { RuleText } from './rule-text.ts';
import { Sessions, type SessionsOptions } from './sessions/sessions.ts';
import { TokenService } from './token-service.ts';
import { TokenUses } from './accounts/token-uses.ts';

export interface AuthOptions {
  readonly database: Database;
  /** A sentence for the log: a bad line of the htpasswd file, a name that is used twice. */
  readonly onWarning: (message: string) => void;
  /** A login failed. */
  readonly onFailure: (failure: LoginFailure) => void;
  readonly clock?: () => Date;
  readonly htpasswd?: {
    readonly path: string;
    /** What each of its users may do in every repository. Default pull, push and delete, as in Docker's registry. */
    readonly actions?: readonly Action[];
    /** Default 10. */
    readonly pollSeconds?: number;
  };
  /** How long a credential that was right is not checked again. Default 300. */
  readonly rememberSeconds?: number;
  /** Default 10 000. */
  readonly rememberedCredentials?: number;
  /** How many passwords are checked at once. Default: the number of cores, at least 2. */
  readonly passwordChecks?: number;
  /** How many logins may wait for that. Default 1000. */
  readonly waitingLogins?: number;
  readonly throttle?: Omit<ThrottleOptions, 'clock'>;
  /** Who bearer tokens are from and for. Default `havre`. */
  readonly service?: string;
  /** How long a bearer token is good. Default 300, at least 60. */
  readonly bearerSeconds?: number;
  /** How long `docker login` lasts where it keeps a refresh token. Default 7 776 000 (90 days). */
  readonly refreshSeconds?: number;
  /** However long a caller accepts an expired bearer token for, it is no longer than this. Default 86 400 (24 h). */
  readonly longestExpiredSeconds?: number;
  readonly challenge?: Partial<Omit<ChallengeOptions, 'service'>>;
  /** How long a session of a browser lasts at most. Default 604 800 (7 days). */
  readonly sessionSeconds?: number;
  /** How long a session of a browser lasts that is not used. Default 86 400 (24 h). */
  readonly sessionIdleSeconds?: number;
}

/** Everything about who may do what, assembled. */
export interface Auth {
  readonly authenticator: Authenticator;
  readonly tokenService: TokenService;
  readonly users: Users;
  readonly tokens: Tokens;
  readonly grants: Grants;
  /** Logins of browsers. */
  readonly sessions: Sessions;
  readonly ownPassword: OwnPassword;
  /** What somebody may do, in words: see {@link rulesOf}. */
  rulesOf(principalId: string): Promise<readonly RuleText[]>;
  /** The users of the htpasswd file; nobody without one. */
  readonly htpasswd: HtpasswdUsers;
  /** To be told of changes made here, or to tell of changes made elsewhere. */
  readonly changes: IdentityChanges;
  /** At start, once: see {@link ensureAdministrator}. */
  ensureAdministrator(names: ConfiguredNames): Promise<GeneratedAdministrator | undefined>;
  /** Makes a new key for bearer tokens. What the one before signed stays good until its end or the next rotation. */
  rotateKeys(): Promise<void>;
  /** Reads the htpasswd file now. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const FLUSH_USES_SECONDS = 60;
const MIN_BEARER_SECONDS = 60;
const ANY_USE: readonly Action[] = ['pull', 'push', 'delete'];

export async function openAuth(options: AuthOptions): Promise<Auth> {
  const { database, clock = () => new Date() } = options;
  const changes = new IdentityChanges();
  // Before anything is read that others can change.
  const watch = database.isShared ? await IdentityWatch.open(database, changes) : undefined;
  const freshen = watch === undefined ? undefined : (): Promise<void> => watch.catchUp();
  const htpasswd = await openHtpasswd(options, changes);
  const htpasswdUsers = htpasswd ?? NO_HTPASSWD_USERS;
  const keys = await SigningKeys.open(database, clock);
  const tokenUses = new TokenUses(database);
  const accounts = new LiveAccounts({
    database,
    htpasswd: htpasswdUsers,
    clock,
    htpasswdActions: options.htpasswd?.actions ?? ANY_USE,
  });
  const bearer = bearerTokens(options, keys, clock);
  const credentials = credentialCheck(options, { accounts, bearer, clock });
  const authenticator = new Authenticator({
    accounts,
    credentials,
    tokenUses,
    clock,
    rememberSeconds: options.rememberSeconds ?? 300,
    rememberedCredentials: options.rememberedCredentials ?? 10_000,
    longestExpiredSeconds: options.longestExpiredSeconds ?? 86_400,
    ...(freshen !== undefined && { freshen }),
    challenge: { scheme: 'auto', realm: 'Registry', ...options.challenge, service: options.service ?? 'havre' },
  });
  changes.listen(({ of }) => (of === 'keys' ? keys.reload() : undefined));
  changes.listen((change) => authenticator.apply(change));
  changes.listen(hiddenNamesWarning(options, htpasswdUsers));
  await changes.announce({ of: 'users' });
  const stopFlushing = flushRegularly(tokenUses, options.onWarning);
  const parts = { database, changes, clock };
  const users = new Users(parts);
  return {
    authenticator,
    tokenService: new TokenService({ authenticator, accounts, bearer, ...(freshen !== undefined && { freshen }) }),
    users,
    tokens: new Tokens({ ...parts, uses: tokenUses }),
    grants: new Grants(parts),
    ...forBrowsers(options, { authenticator, accounts, tokenUses, clock, htpasswd: htpasswdUsers, users }),
    htpasswd: htpasswdUsers,
    changes,
    ensureAdministrator: (names) =>
      ensureAdministrator(names, { ...parts, isTaken: (name) => htpasswd?.find(name) !== undefined }),
    rotateKeys: () => keys.rotate().then(() => changes.announce({ of: 'keys' })),
    reload: async () => htpasswd?.reload(),
    close: async () => {
      stopFlushing();
      await htpasswd?.close();
      await tokenUses.flush();
    },
  };
}

async function openHtpasswd(
  { htpasswd, onWarning }: AuthOptions,
  changes: IdentityChanges,
): Promise<HtpasswdFile | undefined> {
  if (htpasswd === undefined) return undefined;
  return HtpasswdFile.open({
    path: htpasswd.path,
    onChange: () => changes.announce({ of: 'htpasswd' }),
    onProblem: onWarning,
    ...(htpasswd.pollSeconds === undefined ? {} : { pollSeconds: htpasswd.pollSeconds }),
  });
}

type BrowserParts = Pick<SessionsOptions, 'authenticator' | 'accounts' | 'tokenUses' | 'clock' | 'htpasswd'>;

/** What people do at a page that registry clients do not. */
function forBrowsers(
  options: AuthOptions,
  { users, ...parts }: BrowserParts & { readonly users: Users },
): Pick<Auth, 'sessions' | 'ownPassword' | 'rulesOf'> {
  const { database, sessionSeconds, sessionIdleSeconds } = options;
  const times = { lifetimeSeconds: sessionSeconds ?? 604_800, idleSeconds: sessionIdleSeconds ?? 86_400 };
  return {
    sessions: new Sessions({ ...parts, ...times, database }),
    ownPassword: new OwnPassword({ users, authenticator: parts.authenticator }),
    rulesOf: (id) => rulesOf(id, { database, htpasswdActions: options.htpasswd?.actions ?? ANY_USE }),
  };
}

function bearerTokens(options: AuthOptions, keys: SigningKeys, clock: () => Date): BearerTokens {
  const service = options.service ?? 'havre';
  return new BearerTokens({
    keys,
    clock,
    service,
    issuer: service,
    lifetimeSeconds: Math.max(options.bearerSeconds ?? 300, MIN_BEARER_SECONDS),
    refreshSeconds: options.refreshSeconds ?? 7_776_000,
  });
}

function credentialCheck(
  options: AuthOptions,
  { accounts, bearer, clock }: { accounts: LiveAccounts; bearer: BearerTokens; clock: () => Date },
): CredentialCheck {
  const { onFailure } = options;
  const queue = new VerificationQueue({
    concurrency: options.passwordChecks ?? Math.max(2, availableParallelism()),
    capacity: options.waitingLogins ?? 1000,
  });
  const throttle = new LoginThrottle({ ...options.throttle, clock });
  const passwords = new PasswordLogin({ accounts, verify: verifyPassword, throttle, queue, onFailure });
  return new CredentialCheck({ accounts, passwords, bearer, onFailure });
}

/** Tells once of each user of the htpasswd file who cannot log in, because a user of ours has the name. */
function hiddenNamesWarning({ database, onWarning }: AuthOptions, htpasswd: HtpasswdUsers): ChangeListener {
  const told = new Set<string>();
  return async ({ of }) => {
    if (of !== 'users' && of !== 'htpasswd') return;
    for (const { name } of await listUsers(database)) {
      if (told.has(name) || htpasswd.find(name) === undefined) continue;
      told.add(name);
      onWarning(`the user "${name}" is also in the htpasswd file; the password there is not used`);
    }
  };
}

function flushRegularly(uses: TokenUses, onWarning: (message: string) => void): () => void {
  const timer = setInterval(() => {
    uses.flush().catch((error: unknown) => onWarning(`the last use of tokens was not recorded: ${String(error)}`));
  }, FLUSH_USES_SECONDS * 1000);
  timer.unref();
  return () => clearInterval(timer);
}
