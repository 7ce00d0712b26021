import { z } from 'zod';
import type { Scope } from '../../oci/scope.ts';
import type { Ceiling } from '../identity.ts';
import { isAction, type Action } from '../principal.ts';
import { actionSet, exactly, NO_ACTIONS, type ActionSet } from '../rights.ts';

/** One element of the `access` claim: what the holder of a bearer token asked for, and was given. */
export type AccessEntry = Scope;

export const ACCESS = z.array(z.object({ type: z.string(), name: z.string(), actions: z.array(z.string()) }));

/** What scopes of repositories may ask for. `*` is all of it (skopeo delete, Docker Hub). */
const REPOSITORY_ACTIONS: readonly Action[] = ['pull', 'push', 'delete'];

/**
 * Bytes of the claim as JSON. A third more in base64, and with the other claims the token stays under the 8 KiB that
 * proxies allow a header.
 */
const MAX_CLAIM_BYTES = 4500;

/** Who asks for scopes: the part of an identity that decides. */
export interface Asker {
  allows(action: Action, repository: string): boolean;
  readonly canListCatalog: boolean;
}

/** The part of the scopes that may be given; what is refused, unknown or beyond the bound is left out. */
export function grantAccess(scopes: readonly Scope[], asker: Asker): readonly AccessEntry[] {
  const entries: AccessEntry[] = [];
  let bytes = 0;
  for (const scope of merged(scopes)) {
    const actions = grantedActions(scope, asker);
    if (actions.length === 0) continue;
    const entry = { type: scope.type, name: scope.name, actions };
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes > MAX_CLAIM_BYTES) break;
    entries.push(entry);
  }
  return entries;
}

/** What the claim limits its holder to. */
export function ceilingOf(access: readonly AccessEntry[]): Ceiling {
  const actionsByRepository = new Map<string, ActionSet>();
  for (const { type, name, actions } of access) {
    if (type !== 'repository') continue;
    const earlier = actionsByRepository.get(name) ?? NO_ACTIONS;
    actionsByRepository.set(name, earlier | actionSet(actions.filter(isAction)));
  }
  return { rights: exactly(actionsByRepository), catalog: access.some(isCatalog) };
}

/** In the order asked for: clients compare scopes as text. */
function grantedActions(scope: Scope, asker: Asker): readonly string[] {
  if (isCatalog(scope)) return asker.canListCatalog ? ['*'] : [];
  if (scope.type !== 'repository') return [];
  const asked = scope.actions.includes('*') ? REPOSITORY_ACTIONS : scope.actions.filter(isRepositoryAction);
  return asked.filter((action) => asker.allows(action, scope.name));
}

function isRepositoryAction(action: string): action is Action {
  return (REPOSITORY_ACTIONS as readonly string[]).includes(action);
}

function isCatalog({ type, name, actions }: Scope): boolean {
  return type === 'registry' && name === 'catalog' && actions.includes('*');
}

/** One scope for each resource, with all the actions asked for it. */
function merged(scopes: readonly Scope[]): readonly Scope[] {
  const byResource = new Map<string, Scope>();
  for (const scope of scopes) {
    const resource = `${scope.type}:${scope.name}`;
    const actions = [...(byResource.get(resource)?.actions ?? []), ...scope.actions];
    byResource.set(resource, { ...scope, actions: [...new Set(actions)] });
  }
  return [...byResource.values()];
}
