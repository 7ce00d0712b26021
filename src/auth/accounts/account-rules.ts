import type { Database } from '../../metadata/database.ts';
import { listGrantsOf } from '../../metadata/grants.ts';
import { findToken } from '../../metadata/tokens.ts';
import { findUser } from '../../metadata/users.ts';
import {
  ANONYMOUS,
  AUTHENTICATED_ID,
  GRANTABLE_ACTIONS,
  htpasswdNameOf,
  isTokenId,
  isUserId,
  type Action,
} from '../principal.ts';
import { actionSet, hasAction, NO_ACTIONS, parseRule } from '../rights.ts';
import { readRule, readScope, type RuleText } from '../rule-text.ts';

export interface AccountRulesOptions {
  readonly database: Database;
  /** What each user of the htpasswd file may do in every repository, besides the grants. */
  readonly htpasswdActions: readonly Action[];
}

const EVERYTHING: readonly RuleText[] = [
  { pattern: '**', actions: ['admin'] },
  { pattern: '**', actions: ['registries:manage'] },
];

/**
 * What somebody may do, in words: for people, and for what offers them something. What a request may do, `Rights` say.
 * Of a token whose scope is narrower than what its user may, it is the scope, less the actions that its user has nowhere.
 */
export async function rulesOf(id: string, options: AccountRulesOptions): Promise<readonly RuleText[]> {
  if (isTokenId(id)) return rulesOfToken(id, options);
  const user = isUserId(id) ? await findUser(options.database, id) : undefined;
  if (user?.isAdministrator === true) return EVERYTHING;
  const everywhere: readonly RuleText[] =
    htpasswdNameOf(id) === undefined || options.htpasswdActions.length === 0
      ? []
      : [{ pattern: '**', actions: options.htpasswdActions }];
  return [...everywhere, ...(await grantsOf(options.database, id, AUTHENTICATED_ID, ANONYMOUS.id))];
}

async function rulesOfToken(id: string, options: AccountRulesOptions): Promise<readonly RuleText[]> {
  const { database } = options;
  const token = await findToken(database, id);
  if (token === undefined) return [];
  const own = await grantsOf(database, id, ANONYMOUS.id);
  const inheritable = token.ownerId === null ? undefined : await rulesOf(token.ownerId, options);
  if (token.scope === null) return [...(inheritable ?? (await grantsOf(database, AUTHENTICATED_ID))), ...own];
  const scope = readScope(token.scope);
  return [...(inheritable === undefined ? scope : limited(scope, inheritable)), ...own];
}

/** The rules, less the actions that the others give nowhere. */
function limited(scope: readonly RuleText[], inheritable: readonly RuleText[]): readonly RuleText[] {
  const anywhere = inheritable.reduce((set, { pattern, actions }) => set | parseRule(pattern, actions).actions, 0);
  return scope
    .map(({ pattern, actions }) => ({ pattern, set: actionSet(actions) & anywhere }))
    .filter(({ set }) => set !== NO_ACTIONS)
    .map(({ pattern, set }) => ({ pattern, actions: GRANTABLE_ACTIONS.filter((action) => hasAction(set, action)) }));
}

async function grantsOf(database: Database, ...ids: readonly [string, string?, string?]): Promise<readonly RuleText[]> {
  return (await listGrantsOf(database, ids)).map(readRule).filter(({ actions }) => actions.length > 0);
}
