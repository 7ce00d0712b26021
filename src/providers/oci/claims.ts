import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { objectIn } from './answer.ts';

/**
 * What a JSON web token says of itself, unverified: whether it is true is for those to know whom it is shown to.
 * `undefined`: the text is no such token.
 */
export function claimsOf(token: string): JsonObject | undefined {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return undefined;
  return objectIn(Buffer.from(payload, 'base64url'));
}

/** When a JSON web token ends. */
export function endOf(token: string): Date | undefined {
  const seconds = claimsOf(token)?.['exp'];
  return typeof seconds === 'number' && Number.isFinite(seconds) ? new Date(seconds * 1000) : undefined;
}

/**
 * The actions that a registry's token grants on a repository; `undefined` where it does not say.
 *
 * @see distribution, docs/spec/auth/jwt.md: the claim `access`
 */
export function grantedActions(token: string, repository: string): ReadonlySet<string> | undefined {
  const access = claimsOf(token)?.['access'];
  if (!Array.isArray(access)) return undefined;
  const actions = (access as readonly unknown[])
    .filter(isJsonObject)
    .filter((entry) => entry['type'] === 'repository' && entry['name'] === repository)
    .flatMap((entry) => (Array.isArray(entry['actions']) ? (entry['actions'] as readonly unknown[]) : []));
  return new Set(actions.filter((action) => typeof action === 'string'));
}
