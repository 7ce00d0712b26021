import { listGrantsOf, type GrantRow } from '../../metadata/grants.ts';
import type { Database } from '../../metadata/database.ts';
import { findToken, findTokenBySecretHash, type TokenRow } from '../../metadata/tokens.ts';
import { countUsers, findUser, findUserByName } from '../../metadata/users.ts';
import type { Account } from '../account.ts';
import { decoyHash } from '../passwords/password.ts';
import type { HtpasswdUsers } from '../passwords/htpasswd-file.ts';
import { parseRecordedRule, parseScopeText, readRule } from '../rule-text.ts';
import {
  ANONYMOUS,
  AUTHENTICATED_ID,
  htpasswdNameOf,
  htpasswdUserId,
  isTokenId,
  isUserId,
  type Action,
} from '../principal.ts';
import { EVERYTHING, NOTHING, either, granted, parseRule, within, type Rights } from '../rights.ts';
import { hashTokenSecret } from '../credentials/token-secret.ts';

/** What a password is checked against. */
export interface PasswordRecord {
  readonly accountId: string;
  readonly generation: string;
  readonly hash: string;
}

export interface LiveAccountsOptions {
  readonly database: Database;
  readonly htpasswd: HtpasswdUsers;
  readonly clock: () => Date;
  /** What each user of the htpasswd file may do in every repository, besides the grants. */
  readonly htpasswdActions: readonly Action[];
}

/** Everybody who may show a credential, read anew each time: users, tokens, the users of the htpasswd file, nobody. */
export class LiveAccounts {
  readonly #options: LiveAccountsOptions;
  readonly #htpasswdRights: Rights;
  #decoy = decoyHash(1, []);

  constructor(options: LiveAccountsOptions) {
    this.#options = options;
    this.#htpasswdRights = granted([parseRule('**', options.htpasswdActions)]);
  }

  /** `undefined`: removed, revoked or expired. */
  async find(id: string): Promise<Account | undefined> {
    if (isUserId(id)) return this.#findUser(id);
    if (isTokenId(id)) return this.#accountOf(await findToken(this.#options.database, id));
    if (id === ANONYMOUS.id) return this.#anonymous();
    const name = htpasswdNameOf(id);
    return name === undefined ? undefined : this.#findHtpasswdUser(name);
  }

  /** A user of ours comes before one of the same name in the htpasswd file. */
  async findPassword(username: string): Promise<PasswordRecord | undefined> {
    const user = await findUserByName(this.#options.database, username);
    const entry = this.#options.htpasswd.find(username);
    if (user !== undefined) {
      return { accountId: user.id, generation: String(user.generation), hash: user.passwordHash };
    }
    if (entry === undefined) return undefined;
    return { accountId: htpasswdUserId(username), generation: entry.generation, hash: entry.hash };
  }

  async findBySecret(secret: string): Promise<Account | undefined> {
    return this.#accountOf(await findTokenBySecretHash(this.#options.database, hashTokenSecret(secret)));
  }

  /** What to check the password of an unknown user against. */
  get decoy(): string {
    return this.#decoy;
  }

  /** To be called when users came or went. */
  async chooseDecoy(): Promise<void> {
    const hashes = Array.from(this.#options.htpasswd.entries(), ({ hash }) => hash);
    this.#decoy = decoyHash(await countUsers(this.#options.database), hashes);
  }

  async #findUser(id: string): Promise<Account | undefined> {
    const user = await findUser(this.#options.database, id);
    if (user === undefined) return undefined;
    return {
      principal: { kind: 'user', id, name: user.name },
      generation: String(user.generation),
      isAdministrator: user.isAdministrator,
      rights: user.isAdministrator ? EVERYTHING : rightsOf(await this.#grantsOf(id)),
    };
  }

  async #findHtpasswdUser(name: string): Promise<Account | undefined> {
    const entry = this.#options.htpasswd.find(name);
    if (entry === undefined) return undefined;
    if ((await findUserByName(this.#options.database, name)) !== undefined) return undefined;
    const id = htpasswdUserId(name);
    const grants = await this.#grantsOf(id);
    return {
      principal: { kind: 'user', id, name },
      generation: entry.generation,
      isAdministrator: grants.some((grant) => grant.principalId === id && isAdministration(grant)),
      rights: either(this.#htpasswdRights, rightsOf(grants)),
    };
  }

  async #anonymous(): Promise<Account> {
    const grants = await listGrantsOf(this.#options.database, [ANONYMOUS.id]);
    return { principal: ANONYMOUS, generation: '', isAdministrator: false, rights: rightsOf(grants) };
  }

  /**
   * A token may do what was granted to it by name, what everybody may, and what it inherits: from its owner, all or as
   * much of it as its scope has; without an owner, its scope.
   */
  async #accountOf(token: TokenRow | undefined): Promise<Account | undefined> {
    if (token === undefined || token.revokedAt !== null) return undefined;
    if (token.expiresAt !== null && token.expiresAt <= this.#options.clock()) return undefined;
    const owner = token.ownerId === null ? undefined : await this.find(token.ownerId);
    if (token.ownerId !== null && owner === undefined) return undefined;
    const scope = token.scope === null ? undefined : granted(parseScopeText(token.scope));
    const grants = await this.#grantsOf(token.id);
    const isOwn = ({ principalId }: GrantRow): boolean => principalId !== AUTHENTICATED_ID;
    const authenticated = rightsOf(grants.filter((grant) => !isOwn(grant)));
    const inheritable = owner?.rights ?? (scope === undefined ? authenticated : EVERYTHING);
    const inherited = scope === undefined ? inheritable : within(inheritable, scope);
    return {
      principal: { kind: 'token', id: token.id, name: token.name },
      generation: '',
      isAdministrator: scope === undefined && (owner?.isAdministrator ?? false),
      rights: either(inherited, rightsOf(grants.filter(isOwn))),
      ...(token.expiresAt === null ? {} : { expiresAt: token.expiresAt }),
    };
  }

  #grantsOf(id: string): Promise<readonly GrantRow[]> {
    return listGrantsOf(this.#options.database, [id, AUTHENTICATED_ID, ANONYMOUS.id]);
  }
}

function rightsOf(grants: readonly GrantRow[]): Rights {
  if (grants.length === 0) return NOTHING;
  return granted(grants.map(parseRecordedRule));
}

/** The htpasswd file has no mark for administrators: this grant, given to the name, is the mark. */
function isAdministration(row: GrantRow): boolean {
  const { pattern, actions } = readRule(row);
  return pattern === '**' && actions.includes('admin');
}
