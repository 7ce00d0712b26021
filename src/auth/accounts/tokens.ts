import { systemActor, type Actor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';
import type { Database, Queryable } from '../../metadata/database.ts';
import { accountsLock } from '../../metadata/locks.ts';
import { deleteGrantsOf } from '../../metadata/grants.ts';
import { deleteSessionsOf } from '../../metadata/sessions.ts';
import {
  findToken,
  findTokenByName,
  insertToken,
  listTokens,
  listTokensAfter,
  revokeToken,
  type TokenRow,
} from '../../metadata/tokens.ts';
import { findUser, findUserByName, listUsers, type UserRow } from '../../metadata/users.ts';
import type { IdentityChanges } from '../changes.ts';
import { isTokenId, newTokenId } from '../principal.ts';
import { formatScope, readScope, type RuleText } from '../rule-text.ts';
import { hashTokenSecret, newTokenSecret } from '../credentials/token-secret.ts';
import type { TokenUses } from './token-uses.ts';
import { AccountInvalidError, AccountTakenError, AccountUnknownError } from './account-errors.ts';
import { checkNewName } from './account-name.ts';
import { checkRule } from './account-rule.ts';

/** A token as its owner and administrators see it: everything but the secret. */
export interface Token {
  readonly id: string;
  readonly name: string;
  /** The user it acts for; a robot has none. */
  readonly owner?: { readonly id: string; readonly name: string };
  /** What it is limited to. Without one: what its owner may do, or a robot's grants. */
  readonly scope?: readonly RuleText[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly lastUsedAt?: Date;
}

export interface NewToken {
  readonly name: string;
  /** The name of a user. Without one the token is a robot. */
  readonly owner?: string;
  readonly scope?: readonly RuleText[];
  readonly expiresAt?: Date;
}

export interface TokensOptions {
  readonly database: Database;
  readonly changes: IdentityChanges;
  readonly uses: TokenUses;
  readonly clock: () => Date;
}

/** Tokens: secrets for machines, which can be limited, end by themselves, and be revoked one by one. */
export class Tokens {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** Every token, revoked and expired ones too, by name. */
  async list(): Promise<readonly Token[]> {
    await this.#options.uses.flush();
    const [rows, users] = await Promise.all([listTokens(this.#options.database), listUsers(this.#options.database)]);
    return rows.map((row) =>
      tokenOf(
        row,
        users.find(({ id }) => id === row.ownerId),
      ),
    );
  }

  /** As {@link list}, at most so many, behind the token of that name and id. */
  async listAfter(after: { readonly name: string; readonly id: string }, limit: number): Promise<readonly Token[]> {
    const { database, uses } = this.#options;
    await uses.flush();
    const rows = await listTokensAfter(database, { ...after, rows: limit });
    return Promise.all(
      rows.map(async (row) => tokenOf(row, row.ownerId === null ? undefined : await findUser(database, row.ownerId))),
    );
  }

  /**
   * @returns the token and its secret, which is not recorded and cannot be shown again.
   * @throws {AccountTakenError} another token that is not revoked has the name.
   * @throws {AccountUnknownError} there is no such owner.
   * @throws {AccountInvalidError} the name, an empty scope, or a time that is over.
   * @throws {PatternInvalidError} in the scope.
   */
  async create(
    { name, owner, scope, expiresAt }: NewToken,
    actor: Actor = systemActor('admin'),
  ): Promise<{ token: Token; secret: string }> {
    const { database, changes, clock } = this.#options;
    const now = clock();
    checkNewName(name);
    checkScope(scope);
    if (expiresAt !== undefined && expiresAt <= now) throw new AccountInvalidError('The token would end in the past.');
    const secret = newTokenSecret();
    const token = await database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const user = owner === undefined ? undefined : await getOwner(tx, owner);
      const row = await insertToken(
        tx,
        {
          id: newTokenId(),
          name,
          secretHash: hashTokenSecret(secret),
          ownerId: user?.id ?? null,
          scope: scope === undefined ? null : formatScope(scope),
          expiresAt: expiresAt ?? null,
        },
        now,
      );
      if (row === undefined) throw new AccountTakenError(`There is a token "${name}" already; revoke it first.`);
      const details = { token: name, owner: user?.name ?? null, scope: scope ?? null, expiresAt: expiresAt ?? null };
      await appendAudit(tx, actor, { action: 'token.created', details }, now);
      return tokenOf(row, user);
    });
    await changes.announce({ of: 'tokens' });
    return { token, secret };
  }

  /**
   * Ends a token at once, and for good. Its grants and sessions go; it stays in the list. Revoking it again changes nothing.
   *
   * @throws {AccountUnknownError}
   */
  async revoke(nameOrId: string, actor: Actor = systemActor('admin')): Promise<void> {
    const { database, changes, clock } = this.#options;
    await database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const token = await (isTokenId(nameOrId) ? findToken(tx, nameOrId) : findTokenByName(tx, nameOrId));
      if (token === undefined) throw new AccountUnknownError(`There is no token "${nameOrId}" that could be revoked.`);
      await revokeToken(tx, token.id, clock());
      await deleteGrantsOf(tx, token.id);
      await deleteSessionsOf(tx, token.id);
      await appendAudit(tx, actor, { action: 'token.revoked', details: { token: token.name } }, clock());
    });
    await changes.announce({ of: 'tokens' });
  }
}

async function getOwner(db: Queryable, name: string): Promise<UserRow> {
  const user = await findUserByName(db, name);
  if (user !== undefined) return user;
  throw new AccountUnknownError(
    `There is no user "${name}" that could own a token. Users of an htpasswd file cannot: their names may come again.`,
  );
}

function checkScope(scope: readonly RuleText[] | undefined): void {
  if (scope === undefined) return;
  if (scope.length === 0) throw new AccountInvalidError('A scope without rules would allow nothing.');
  for (const rule of scope) checkRule(rule, `The scope names no action for "${rule.pattern}".`);
}

function tokenOf(row: TokenRow, owner: UserRow | undefined): Token {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt,
    ...(owner === undefined ? {} : { owner: { id: owner.id, name: owner.name } }),
    ...(row.scope === null ? {} : { scope: readScope(row.scope) }),
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
    ...(row.revokedAt === null ? {} : { revokedAt: row.revokedAt }),
    ...(row.lastUsedAt === null ? {} : { lastUsedAt: row.lastUsedAt }),
  };
}
