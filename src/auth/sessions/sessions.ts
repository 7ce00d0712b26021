import type { Actor } from '../../metadata/actor.ts';
import { appendAudit, type AuditEntry } from '../../metadata/audit.ts';
import type { Database, Transaction } from '../../metadata/database.ts';
import { sessionsLock } from '../../metadata/locks.ts';
import {
  deleteSession,
  deleteSessionsOf,
  deleteSessionsOfUser,
  findSessionBySecretHash,
  insertSession,
  listSessionsOf,
  recordSessionSeen,
  type SessionRow,
} from '../../metadata/sessions.ts';
import { findUserByName } from '../../metadata/users.ts';
import { StorageFullError, StorageUnavailableError } from '../../oci/errors.ts';
import type { Account } from '../account.ts';
import { AccountUnknownError } from '../accounts/account-errors.ts';
import type { TokenUses } from '../accounts/token-uses.ts';
import type { Client } from '../authenticator.ts';
import { basicAuthorization } from '../credentials/credential.ts';
import { CredentialsRefusedError } from '../credentials/refusal.ts';
import { identityOf, type Identity } from '../identity.ts';
import type { HtpasswdUsers } from '../passwords/htpasswd-file.ts';
import { htpasswdUserId } from '../principal.ts';
import { hashSessionSecret, isSessionSecret, newSessionId, newSessionSecret } from './session-secret.ts';

/** A login of a browser, as its owner sees it: everything but the secret. */
export type Session = Omit<SessionRow, 'principalId' | 'generation'>;

export interface SessionTimes {
  /** A session ends so long after it began, however much it is used. */
  readonly lifetimeSeconds: number;
  /** A session ends when it was not used for so long. */
  readonly idleSeconds: number;
}

export interface SessionsOptions extends SessionTimes {
  readonly database: Database;
  readonly authenticator: {
    identify(authorization: string | null, client: Client): Identity | Promise<Identity>;
  };
  readonly accounts: { find(id: string): Promise<Account | undefined> };
  readonly htpasswd: HtpasswdUsers;
  readonly tokenUses: TokenUses;
  readonly clock: () => Date;
}

export interface Login {
  readonly username: string;
  /** Or the secret of a token. */
  readonly password: string;
  /** Ends with the login: the session that the same browser had before. */
  readonly replaced?: { readonly id: string; readonly principalId: string };
}

/** A login that was right. */
export interface Begun {
  readonly session: Session;
  /** It is not recorded and cannot be told again. */
  readonly secret: string;
  readonly identity: Identity;
}

/** Whose session is meant: whoever asks, by whatever credential. */
export type SessionOwner = Pick<Identity, 'principal' | 'generation'> & { readonly sessionId?: string };

/** How many sessions one user or token may have: the one that was not used for longest gives way. */
const MOST_SESSIONS = 50;
/** How far behind `lastSeenAt` may be. */
const SEEN_SECONDS = 60;

/**
 * Logins of browsers. Each request is compared with the facts: with the session, and with its account, which has to be
 * there still and of the generation that the password was checked for. Nothing is remembered, so that what any node
 * ended is ended on all.
 */
export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /**
   * @param actor the client that sent the password; who it is, the password says.
   * @throws {CredentialsRefusedError}
   * @throws {RateLimitedError} too many failures, or too many logins at once.
   */
  async begin({ username, password, replaced }: Login, actor: Actor): Promise<Begun> {
    const { authenticator, database, clock } = this.#options;
    const source = actor.source ?? '';
    const { principal, generation } = await authenticator.identify(basicAuthorization(username, password), { source });
    const account = await this.#options.accounts.find(principal.id);
    if (account === undefined || account.generation !== generation) throw new CredentialsRefusedError();
    const now = clock();
    const secret = newSessionSecret();
    const session = { ...this.#times(account, now), id: newSessionId(), source, client: actor.client ?? '' };
    const by = actorOf(actor, account);
    await database.transaction(async (tx) => {
      await tx.lock('exclusive', [sessionsLock(principal.id)]);
      if (replaced !== undefined) await this.#endReplaced(tx, replaced, by);
      await this.#makeRoom(tx, principal.id, by);
      const secretHash = hashSessionSecret(secret);
      await insertSession(tx, { ...session, secretHash, principalId: principal.id, generation });
      await appendAudit(tx, by, { action: 'session.begun', details: { session: session.id } }, now);
    });
    return { session, secret, identity: identityOf({ account, scheme: 'session', sessionId: session.id }) };
  }

  /** @returns `undefined` when the secret opens nothing: made up, ended, expired, or of an account that is not as it was. */
  async identify(secret: string): Promise<Identity | undefined> {
    if (!isSessionSecret(secret)) return undefined;
    const row = await findSessionBySecretHash(this.#options.database, hashSessionSecret(secret));
    if (row === undefined || !this.#isAlive(row)) return undefined;
    const account = await this.#options.accounts.find(row.principalId);
    if (account === undefined || account.generation !== row.generation) return undefined;
    await this.#noteSeen(row);
    this.#options.tokenUses.note(account.principal, this.#options.clock());
    return identityOf({ account, scheme: 'session', sessionId: row.id });
  }

  /** Those that are alive; the one that was used last comes first. */
  async list({ principal, generation }: SessionOwner): Promise<readonly Session[]> {
    const rows = await listSessionsOf(this.#options.database, principal.id);
    return rows.filter((row) => row.generation === generation && this.#isAlive(row)).map(sessionOf);
  }

  /** @returns whether whoever asks had such a session. */
  end({ principal }: SessionOwner, id: string, actor: Actor): Promise<boolean> {
    return this.#options.database.transaction(async (tx) => {
      const isEnded = await deleteSession(tx, id, principal.id);
      if (isEnded) await this.#record(tx, actor, { session: id });
      return isEnded;
    });
  }

  /** Ends all sessions of whoever asks but the one that asks, if one does. @returns how many. */
  endOthers({ principal, sessionId }: SessionOwner, actor: Actor): Promise<number> {
    const details = sessionId === undefined ? {} : { kept: sessionId };
    return this.#endAll((tx) => deleteSessionsOf(tx, principal.id, sessionId), actor, details);
  }

  /**
   * Ends all sessions of a user, those too that were begun by a token of theirs.
   *
   * @returns how many.
   * @throws {AccountUnknownError} neither we nor the htpasswd file have such a user.
   */
  async endAllOf(name: string, actor: Actor): Promise<number> {
    const user = await findUserByName(this.#options.database, name);
    if (user === undefined && this.#options.htpasswd.find(name) === undefined) {
      throw new AccountUnknownError(`There is no user "${name}".`);
    }
    const userId = user?.id ?? htpasswdUserId(name);
    return this.#endAll((tx) => deleteSessionsOfUser(tx, userId), actor, { user: name });
  }

  #endAll(
    end: (tx: Transaction) => Promise<number>,
    actor: Actor,
    details: NonNullable<AuditEntry['details']>,
  ): Promise<number> {
    return this.#options.database.transaction(async (tx) => {
      const ended = await end(tx);
      await this.#record(tx, actor, { ...details, sessions: ended });
      return ended;
    });
  }

  #record(tx: Transaction, actor: Actor, details: NonNullable<AuditEntry['details']>): Promise<void> {
    return appendAudit(tx, actor, { action: 'session.ended', details }, this.#options.clock());
  }

  /** A token that ends takes its sessions along. */
  #times(account: Account, now: Date): Pick<SessionRow, 'createdAt' | 'lastSeenAt' | 'expiresAt'> {
    const end = now.getTime() + this.#options.lifetimeSeconds * 1000;
    const expiresAt = new Date(Math.min(end, account.expiresAt?.getTime() ?? end));
    return { createdAt: now, lastSeenAt: now, expiresAt };
  }

  #isAlive({ expiresAt, lastSeenAt }: SessionRow): boolean {
    const now = this.#options.clock().getTime();
    return now < expiresAt.getTime() && now < lastSeenAt.getTime() + this.#options.idleSeconds * 1000;
  }

  async #endReplaced(
    tx: Transaction,
    { id, principalId }: NonNullable<Login['replaced']>,
    actor: Actor,
  ): Promise<void> {
    if (!(await deleteSession(tx, id, principalId))) return;
    await this.#record(tx, actor, { session: id, reason: 'the same browser logged in again' });
  }

  async #makeRoom(tx: Transaction, principalId: string, actor: Actor): Promise<void> {
    for (const { id } of (await listSessionsOf(tx, principalId)).slice(MOST_SESSIONS - 1)) {
      await deleteSession(tx, id, principalId);
      await this.#record(tx, actor, { session: id, reason: `more than ${MOST_SESSIONS}` });
    }
  }

  /** A registry that is read-only just now, or for good, can still be looked at. */
  async #noteSeen({ id, lastSeenAt }: SessionRow): Promise<void> {
    const { database, clock } = this.#options;
    const now = clock();
    if (now.getTime() - lastSeenAt.getTime() < SEEN_SECONDS * 1000) return;
    try {
      await database.transaction((tx) => recordSessionSeen(tx, id, now), { durable: false });
    } catch (error) {
      if (!(error instanceof StorageUnavailableError || error instanceof StorageFullError)) throw error;
    }
  }
}

function actorOf(actor: Actor, { principal }: Account): Actor {
  return { ...actor, principalId: principal.id, principalKind: principal.kind, principalName: principal.name };
}

function sessionOf({ principalId: _principal, generation: _generation, ...session }: SessionRow): Session {
  return session;
}
