import type { Identity } from '../../auth/identity.ts';
import type { ProjectAction } from '../../auth/principal.ts';
import type { Connections } from '../../connections/connections.ts';
import type { Policies } from '../../policies/policies.ts';
import { policyUnknown } from '../../policies/policy-errors.ts';
import type { StoredPolicy } from '../../policies/policy.ts';
import { accessibleConnection, requireInProject } from '../registries/access.ts';
import { requireAbility } from '../require-ability.ts';

export function maySeePolicy(policy: Pick<StoredPolicy, 'registry'>, identity: Identity): boolean {
  return mayAct('registries:read', policy, identity);
}

export function mayManagePolicy(policy: Pick<StoredPolicy, 'registry'>, identity: Identity): boolean {
  return mayAct('registries:manage', policy, identity);
}

/** Those of this registry are the administrators' alone. */
function mayAct(action: ProjectAction, { registry }: Pick<StoredPolicy, 'registry'>, identity: Identity): boolean {
  return registry === undefined ? identity.isAdministrator : identity.allowsInProject(action, registry.project);
}

/**
 * A policy, for whoever may do this in the project of the registry that it is for.
 *
 * @throws {PolicyError} there is none, or whoever asks may not even see it.
 * @throws {AccessDeniedError} they may see it, and not do this.
 */
export async function accessiblePolicy(
  policies: Pick<Policies, 'find'>,
  name: string,
  { action, identity }: { readonly action: ProjectAction; readonly identity: Identity },
): Promise<StoredPolicy> {
  const policy = await policies.find(name);
  if (policy === undefined || !maySeePolicy(policy, identity)) throw policyUnknown(name);
  if (policy.registry !== undefined) requireInProject(action, policy.registry.project, identity);
  return policy;
}

/**
 * Whether somebody may have a policy for a registry.
 *
 * @param registry id of a connected one; `undefined`: this one.
 * @throws {ConnectionNotFoundError} @throws {AccessDeniedError}
 */
export async function requirePolicyAt(
  connections: Pick<Connections, 'get'>,
  registry: string | undefined,
  identity: Identity,
): Promise<void> {
  if (registry === undefined) requireAbility('manage-policies', identity);
  else await accessibleConnection(connections, registry, 'registries:manage', identity);
}
