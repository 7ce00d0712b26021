/** What a token is asked for: actions on one resource. */
export interface Scope {
  /** `repository` or `registry`; others are read too, and grant nothing. */
  readonly type: string;
  readonly name: string;
  /** In the order asked for: some clients compare scopes as text. */
  readonly actions: readonly string[];
}

/** A token that names more than this would outgrow the headers that proxies let through (8 KiB). */
export const MAX_SCOPES = 64;

/**
 * Reads the `scope` parameters of a token request: repeated, separated by spaces, or both. A scope that cannot be read
 * is left out, because an unknown scope is not an error, it only grants nothing. What follows the first
 * {@link MAX_SCOPES} is left out as well.
 *
 * @see distribution, docs/spec/auth/scope.md
 */
export function parseScopes(texts: readonly string[]): readonly Scope[] {
  return texts
    .flatMap((text) => text.split(/[ \t\r\n]+/, MAX_SCOPES + 1))
    .map(parseScope)
    .filter((scope) => scope !== undefined)
    .slice(0, MAX_SCOPES);
}

export function formatScope(scope: Scope): string {
  return `${scope.type}:${scope.name}:${scope.actions.join(',')}`;
}

/** `type[(class)]:name:action[,action]*`. A name may have a port, hence the first colon and the last. */
function parseScope(text: string): Scope | undefined {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === last) return undefined;
  const type = withoutClass(text.slice(0, first));
  const name = text.slice(first + 1, last);
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '');
  return type === '' || name === '' ? undefined : { type, name, actions: [...new Set(actions)] };
}

/** `repository(plugin)` is `repository`: the class is deprecated and tells us nothing. */
function withoutClass(type: string): string {
  const open = type.indexOf('(');
  return open !== -1 && type.endsWith(')') ? type.slice(0, open) : type;
}
