import { systemActor, type Actor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';
import type { Database, Queryable } from '../../metadata/database.ts';
import {
  deleteGrant,
  findGrant,
  listGrants,
  listGrantsAfter,
  saveGrant,
  type GrantRow,
  type NamedGrantRow,
} from '../../metadata/grants.ts';
import { accountsLock } from '../../metadata/locks.ts';
import { findToken, findTokenByName } from '../../metadata/tokens.ts';
import { findUser, findUserByName } from '../../metadata/users.ts';
import type { IdentityChanges } from '../changes.ts';
import {
  ANONYMOUS,
  AUTHENTICATED_ID,
  GRANTABLE_ACTIONS,
  htpasswdNameOf,
  isTokenId,
  type GrantableAction,
} from '../principal.ts';
import { isAboutProjects, readRule, recordRule, type RuleText } from '../rule-text.ts';
import { AccountInvalidError, AccountUnknownError } from './account-errors.ts';
import { checkRule } from './account-rule.ts';

/** To whom something is granted: what {@link Grants} reads, and what it shows. */
export interface Grantee {
  readonly kind: 'user' | 'token' | 'htpasswd' | 'authenticated' | 'anonymous';
  readonly id: string;
  readonly name: string;
}

export interface Grant {
  readonly id: number;
  readonly principal: Grantee;
  /** Of projects, where its actions are those of projects. */
  readonly pattern: string;
  readonly actions: readonly GrantableAction[];
  readonly createdAt: Date;
}

export interface GrantsOptions {
  readonly database: Database;
  readonly changes: IdentityChanges;
  readonly clock: () => Date;
}

/** Who may do what in which repositories and projects. */
export class Grants {
  readonly #options: GrantsOptions;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  async list(): Promise<readonly Grant[]> {
    return (await listGrants(this.#options.database)).map((row) => grantOf(row, granteeOf(row)));
  }

  /**
   * Who is meant, as {@link add} reads it.
   *
   * @throws {AccountUnknownError} there is no such user or token.
   */
  find(principal: string): Promise<Grantee> {
    return resolveGrantee(this.#options.database, principal);
  }

  /** Oldest first, at most so many, behind that id. */
  async listAfter(id: number, limit: number): Promise<readonly Grant[]> {
    return (await listGrantsAfter(this.#options.database, id, limit)).map((row) => grantOf(row, granteeOf(row)));
  }

  /**
   * Adds actions to those that the principal has for the pattern already.
   *
   * @param principal `anonymous` (or `everybody`), `authenticated`, the name of a user, `token:` and the name of one,
   * `htpasswd:` and a name of that file, or an id.
   * @throws {AccountUnknownError} there is no such user or token.
   * @throws {AccountInvalidError} no actions, such as nobody can have, or some of repositories and some of projects.
   * @throws {PatternInvalidError}
   */
  async add(principal: string, rule: RuleText, actor: Actor = systemActor('admin')): Promise<Grant> {
    const { database, changes, clock } = this.#options;
    const { pattern, actions } = rule;
    checkRule(rule, `Say what is granted: ${GRANTABLE_ACTIONS.join(', ')}.`);
    const grant = await database.transaction(async (tx) => {
      await tx.lock('exclusive', [accountsLock()]);
      const grantee = await resolveGrantee(tx, principal);
      if (grantee.kind === 'anonymous' && actions.includes('admin')) {
        throw new AccountInvalidError('The action admin cannot be granted to everybody.');
      }
      if (grantee.kind === 'anonymous' && isAboutProjects(rule)) {
        throw new AccountInvalidError(
          'The registries of a project are for those who have logged in, not for everybody.',
        );
      }
      const row = await findGrant(tx, grantee.id, recordRule(rule).pattern);
      const earlier = row === undefined ? [] : readRule(row).actions;
      const together = GRANTABLE_ACTIONS.filter((action) => actions.includes(action) || earlier.includes(action));
      const wanted = { principalId: grantee.id, ...recordRule({ pattern, actions: together }) };
      const details = { to: grantee.id, name: grantee.name, pattern, actions, together };
      await appendAudit(tx, actor, { action: 'grant.added', details }, clock());
      return grantOf(await saveGrant(tx, wanted, clock()), grantee);
    });
    await changes.announce({ of: 'grants' });
    return grant;
  }

  /** @throws {AccountUnknownError} there is no such grant. */
  async remove(id: number, actor: Actor = systemActor('admin')): Promise<void> {
    const { database, changes, clock } = this.#options;
    await database.transaction(async (tx) => {
      const row = await deleteGrant(tx, id);
      if (row === undefined) throw new AccountUnknownError(`There is no grant ${id}.`);
      const details = { to: row.principalId, ...readRule(row) };
      await appendAudit(tx, actor, { action: 'grant.removed', details }, clock());
    });
    await changes.announce({ of: 'grants' });
  }

  /** @throws {AccountUnknownError} there is no such principal, or it has no grant for exactly this pattern. */
  async removeFrom(principal: string, pattern: string, actor: Actor = systemActor('admin')): Promise<void> {
    const { id } = await resolveGrantee(this.#options.database, principal);
    const grant = await findGrant(this.#options.database, id, pattern);
    if (grant === undefined) throw new AccountUnknownError(`"${principal}" has no grant for "${pattern}".`);
    await this.remove(grant.id, actor);
  }
}

async function resolveGrantee(db: Queryable, text: string): Promise<Grantee> {
  if (text === ANONYMOUS.id || text === 'everybody') return { kind: 'anonymous', id: ANONYMOUS.id, name: ANONYMOUS.id };
  if (text === AUTHENTICATED_ID) return { kind: 'authenticated', id: text, name: text };
  const htpasswdName = htpasswdNameOf(text);
  if (htpasswdName !== undefined && htpasswdName !== '') return { kind: 'htpasswd', id: text, name: htpasswdName };
  const kind = isTokenId(text) ? 'token' : 'user';
  const name = text.replace(/^(?:user|token):/, '');
  const found =
    kind === 'token'
      ? ((await findToken(db, text)) ?? (await findTokenByName(db, name)))
      : ((await findUser(db, text)) ?? (await findUserByName(db, name)));
  if (found !== undefined) return { kind, id: found.id, name: found.name };
  throw new AccountUnknownError(
    `There is no ${kind} "${name}". A token is written token:NAME, a user of the htpasswd file htpasswd:NAME.`,
  );
}

function granteeOf({ principalId: id, principalName }: NamedGrantRow): Grantee {
  if (id === ANONYMOUS.id) return { kind: 'anonymous', id, name: id };
  if (id === AUTHENTICATED_ID) return { kind: 'authenticated', id, name: id };
  const htpasswdName = htpasswdNameOf(id);
  if (htpasswdName !== undefined) return { kind: 'htpasswd', id, name: htpasswdName };
  return { kind: isTokenId(id) ? 'token' : 'user', id, name: principalName ?? id };
}

function grantOf(row: GrantRow, principal: Grantee): Grant {
  return { id: row.id, principal, ...readRule(row), createdAt: row.createdAt };
}
