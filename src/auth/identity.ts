import type { Account } from './account.ts';
import { BoundedMap } from './bounded-map.ts';
import { ANONYMOUS, type Action, type GrantableAction, type Principal, type ProjectAction } from './principal.ts';
import { EVERYTHING, hasAction, within, type ActionSet, type Rights } from './rights.ts';

/** How somebody showed who they are; `local` is the administrator of the machine, on the socket of the data folder. */
export type Scheme = 'none' | 'basic' | 'bearer' | 'session' | 'local';

/** Who is asking, and what they may do: the answer to one credential, shared by the requests that carry it. */
export interface Identity {
  readonly principal: Principal;
  readonly scheme: Scheme;
  /** May govern users, tokens and grants. Never true of a delegated identity. */
  readonly isAdministrator: boolean;
  /** A bearer token past its time, accepted because the caller asked for that: good only for what it began earlier. */
  readonly expired: boolean;
  /**
   * A bearer token of ours from `/token`: it carries only what was asked for, so a refusal should tell the client which
   * scope to ask for. Any other credential has all its rights already, and asking again would change nothing.
   */
  readonly isDelegated: boolean;
  /** Of the account, when the credential was checked. */
  readonly generation: string;
  /** The session of a browser that it comes by. It opens nothing. */
  readonly sessionId?: string;
  readonly canListCatalog: boolean;

  allows(action: Action, repository: string): boolean;

  /** May this be done with the registries that a project is connected to? Never by a bearer token from `/token`. */
  allowsInProject(action: ProjectAction, project: string): boolean;

  /** May the catalog show this repository? For a bearer token this is not bound to the repositories it names. */
  mayList(repository: string): boolean;
}

/** What the `access` claim of a bearer token limits its holder to. */
export interface Ceiling {
  readonly rights: Rights;
  /** `registry:catalog:*` was asked for and given. */
  readonly catalog: boolean;
}

export interface IdentityOptions {
  readonly account: Account;
  readonly scheme: Scheme;
  /** For bearer tokens from `/token`. */
  readonly ceiling?: Ceiling;
  readonly expired?: boolean;
  readonly sessionId?: string;
}

export function identityOf(options: IdentityOptions): Identity {
  return new GrantedIdentity(options);
}

/** The administrator of this machine: whoever may open the data folder may do everything. */
export function localAdministrator(): Identity {
  const account = { principal: LOCAL, generation: '', isAdministrator: true, rights: EVERYTHING };
  return new GrantedIdentity({ account, scheme: 'local' });
}

/** Whoever comes by the control socket, or runs a command on the folder itself. */
export function isLocalAdministrator({ principal }: Identity): boolean {
  return principal.id === LOCAL.id;
}

export function isAnonymous(identity: Identity): boolean {
  return identity.principal.id === ANONYMOUS.id;
}

/** The ids of users and tokens are random: none is this one. */
const LOCAL: Principal = { kind: 'user', id: 'local', name: 'local administrator' };

/** A client works with a few repositories at a time; an administrator's never come here. */
const REMEMBERED_NAMES = 64;

class GrantedIdentity implements Identity {
  readonly principal: Principal;
  readonly scheme: Scheme;
  readonly isAdministrator: boolean;
  readonly expired: boolean;
  readonly isDelegated: boolean;
  readonly generation: string;
  readonly sessionId?: string;
  readonly canListCatalog: boolean;
  readonly #rights: Rights;
  readonly #listed: Rights;
  /** Of repositories and of projects: one of either may have the name of the other, and no bit of it. */
  readonly #actionsByName = new BoundedMap<string, ActionSet>(REMEMBERED_NAMES);

  constructor({ account, scheme, ceiling, expired = false, sessionId }: IdentityOptions) {
    this.principal = account.principal;
    this.scheme = scheme;
    this.isAdministrator = account.isAdministrator && ceiling === undefined;
    this.expired = expired;
    this.isDelegated = ceiling !== undefined;
    this.generation = account.generation;
    if (sessionId !== undefined) this.sessionId = sessionId;
    this.#listed = account.isAdministrator ? EVERYTHING : account.rights;
    this.#rights = ceiling === undefined ? this.#listed : within(this.#listed, ceiling.rights);
    this.canListCatalog = hasAction(this.#listed.anywhere, 'pull') && (ceiling?.catalog ?? true);
  }

  allows(action: Action, repository: string): boolean {
    return this.isAdministrator || this.#has(action, repository);
  }

  allowsInProject(action: ProjectAction, project: string): boolean {
    return this.isAdministrator || this.#has(action, project);
  }

  mayList(repository: string): boolean {
    return this.canListCatalog && hasAction(this.#listed.on(repository), 'pull');
  }

  #has(action: GrantableAction, name: string): boolean {
    let actions = this.#actionsByName.get(name);
    if (actions === undefined) {
      actions = this.#rights.on(name);
      this.#actionsByName.set(name, actions);
    }
    return hasAction(actions, action);
  }
}
