/** Somebody, or something, that asks. */
export interface Principal {
  readonly kind: 'user' | 'token' | 'anonymous';
  /**
   * What grants, upload sessions and bearer tokens are bound to: `user:` or `token:` and a UUID that is never given
   * again, `htpasswd:` and a name, or `anonymous`.
   */
  readonly id: string;
  /** For people. Empty for `anonymous`. */
  readonly name: string;
}

/** What may be done with a repository. `admin` is the three others and its settings. */
export type Action = 'pull' | 'push' | 'delete' | 'admin';

export const ACTIONS: readonly Action[] = ['pull', 'push', 'delete', 'admin'];

export function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}

/** What may be done with the registries that a project is connected to. Each includes those before it. */
export type ProjectAction = 'registries:read' | 'registries:use' | 'registries:manage';

export const PROJECT_ACTIONS: readonly ProjectAction[] = ['registries:read', 'registries:use', 'registries:manage'];

export function isProjectAction(text: string): text is ProjectAction {
  return (PROJECT_ACTIONS as readonly string[]).includes(text);
}

/** What a grant may say: its pattern names repositories, or it names projects. */
export type GrantableAction = Action | ProjectAction;

export const GRANTABLE_ACTIONS: readonly GrantableAction[] = [...ACTIONS, ...PROJECT_ACTIONS];

/** Who asks without a credential. A grant to it is a grant to everybody. */
export const ANONYMOUS: Principal = { kind: 'anonymous', id: 'anonymous', name: '' };

/** A grant to this is one to whoever has shown a credential. Nobody *is* it. */
export const AUTHENTICATED_ID = 'authenticated';

const HTPASSWD_PREFIX = 'htpasswd:';

export function newUserId(): string {
  return `user:${crypto.randomUUID()}`;
}

export function newTokenId(): string {
  return `token:${crypto.randomUUID()}`;
}

/** A user of the htpasswd file is known by name, because the file knows nothing else. */
export function htpasswdUserId(name: string): string {
  return HTPASSWD_PREFIX + name;
}

/** The name in the id of a user of the htpasswd file; `undefined` for the id of anybody else. */
export function htpasswdNameOf(id: string): string | undefined {
  return id.startsWith(HTPASSWD_PREFIX) ? id.slice(HTPASSWD_PREFIX.length) : undefined;
}

export function isUserId(id: string): boolean {
  return id.startsWith('user:');
}

export function isTokenId(id: string): boolean {
  return id.startsWith('token:');
}
