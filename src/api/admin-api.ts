import { isAnonymous, type Identity } from '../auth/identity.ts';
import type { Actor } from '../metadata/actor.ts';
import { appendAudit, type AuditEntry } from '../metadata/audit.ts';
import { AccessDeniedError, AuthenticationRequiredError, OciError } from '../oci/errors.ts';
import { adminActorOf, type Arrival } from './admin-actor.ts';
import { asProblem } from './account-problem.ts';
import { auditEndpoints } from './audit/handlers.ts';
import { backupEndpoints } from './backup/handlers.ts';
import { browsingEndpoints } from './browsing/handlers.ts';
import { comparisonEndpoints } from './comparison/handlers.ts';
import type { Contract } from './contract.ts';
import { credentialEndpoints } from './credentials/handlers.ts';
import type { AdminCall, Endpoint } from './endpoint.ts';
import { garbageCollectionEndpoints } from './garbage-collection/handlers.ts';
import { grantEndpoints } from './grants/handlers.ts';
import { imageEndpoints } from './images/handlers.ts';
import { layerEndpoints } from './layers/handlers.ts';
import { lifecycleEndpoints } from './lifecycle/handlers.ts';
import { allowedMethods, matchEndpoint } from './match-endpoint.ts';
import { migrationEndpoints } from './migration/handlers.ts';
import { movingEndpoints } from './moving/handlers.ts';
import { openApiEndpoints } from './openapi/handlers.ts';
import type { AdminParts } from './parts.ts';
import { requireAbility } from './require-ability.ts';
import { ovhEndpoints } from './ovh/handlers.ts';
import { isOvhPath, withQueryId } from './ovh/ovh-error.ts';
import { planEndpoints } from './plans/handlers.ts';
import { policyEndpoints } from './policies/handlers.ts';
import { ProblemError } from './problem.ts';
import { refusalResponse } from './refusal-response.ts';
import { noteRefused } from './refused-request.ts';
import { readInput } from './request-input.ts';
import { historyEndpoints } from './history/handlers.ts';
import { ruleEndpoints } from './rules/handlers.ts';
import { registryEndpoints } from './registries/handlers.ts';
import { rotationEndpoints } from './registry-rotation/handlers.ts';
import { repositoryEndpoints } from './repositories/handlers.ts';
import { quotaEndpoints } from './quotas/handlers.ts';
import { searchEndpoints } from './search/handlers.ts';
import { secretsEndpoints } from './secrets/handlers.ts';
import { sharedRegistryEndpoints } from './shared-registries/handlers.ts';
import { sessionEndpoints } from './session/handlers.ts';
import { sizeEndpoints } from './sizes/handlers.ts';
import { statusEndpoints } from './status/handlers.ts';
import { tagEndpoints } from './tags/handlers.ts';
import { tokenEndpoints } from './tokens/handlers.ts';
import { trashEndpoints } from './trash/handlers.ts';
import { userEndpoints } from './users/handlers.ts';
import { webhookEndpoints } from './webhooks/handlers.ts';
import { verificationEndpoints } from './verification/handlers.ts';

/**
 * Answers a request below `/api/v1/`, or `/cloud/`, of somebody who was identified already. Never throws.
 *
 * @param arrival absent for a command that opened the folder itself.
 */
export type AdminApi = (request: Request, identity: Identity, arrival?: Arrival) => Promise<Response>;

/** The admin API, as one function: each request is matched with a contract, which decides the rest. */
export function createAdminApi(parts: AdminParts): AdminApi {
  const endpoints = everyEndpoint(parts);
  const record = (actor: Actor, entry: AuditEntry): Promise<void> =>
    parts.database.transaction((tx) => appendAudit(tx, actor, entry, parts.now()));
  return async (request, identity, arrival) => {
    const actor = adminActorOf(request, identity, arrival);
    const requestId = arrival?.requestId ?? crypto.randomUUID();
    const { pathname } = new URL(request.url);
    try {
      if (request.method === 'OPTIONS') return optionsResponse(endpoints, pathname);
      const { endpoint, parameters } = matchEndpoint(endpoints, request.method, pathname);
      checkAbility(endpoint.contract, parameters['repository'], identity);
      const input = await readInput(request, endpoint.contract, parameters);
      const call: AdminCall = {
        identity,
        actor,
        record: (entry) => record(actor, entry),
        arrival,
        reply: new Headers(),
        signal: request.signal,
      };
      const answered = await endpoint.answer(input, call);
      const response = isOvhPath(pathname) ? withQueryId(answered, requestId) : answered;
      return request.method === 'HEAD' ? await withoutBody(response) : response;
    } catch (error) {
      const problem = asProblem(error);
      noteRefused(parts.refusals, problem, { request, actor });
      if (isOurs(problem)) parts.onFailure(error);
      return refusalResponse(problem, { request, realm: parts.realm, requestId });
    }
  };
}

function everyEndpoint(parts: AdminParts): readonly Endpoint[] {
  const others = governingEndpoints(parts);
  const described = [...others, ...sessionEndpoints(parts, others.map(contractOf))];
  return [...described, ...openApiEndpoints(described.map(contractOf))];
}

function contractOf({ contract }: Endpoint): Contract {
  return contract;
}

function governingEndpoints(parts: AdminParts): readonly Endpoint[] {
  return [
    ...userEndpoints(parts),
    ...tokenEndpoints(parts),
    ...grantEndpoints(parts),
    ...ruleEndpoints(parts),
    ...planEndpoints(parts),
    ...policyEndpoints(parts),
    ...tagEndpoints(parts),
    ...searchEndpoints(parts),
    ...imageEndpoints(parts),
    ...layerEndpoints(parts),
    ...comparisonEndpoints(parts),
    ...historyEndpoints(parts),
    ...garbageCollectionEndpoints(parts),
    ...backupEndpoints(parts),
    ...verificationEndpoints(parts),
    ...migrationEndpoints(parts),
    ...movingEndpoints(parts),
    ...auditEndpoints(parts),
    ...repositoryEndpoints(parts),
    ...trashEndpoints(parts),
    ...webhookEndpoints(parts),
    ...secretsEndpoints(parts),
    ...registryEndpoints(parts),
    ...rotationEndpoints(parts),
    ...browsingEndpoints(parts),
    ...lifecycleEndpoints(parts),
    ...ovhEndpoints(parts),
    ...credentialEndpoints(parts),
    ...sharedRegistryEndpoints(parts),
    ...quotaEndpoints(parts),
    ...sizeEndpoints(parts),
    ...statusEndpoints(parts),
  ];
}

/** What may be done with a path is in the documentation, too. */
function optionsResponse(endpoints: readonly Endpoint[], path: string): Response {
  return new Response(null, { status: 204, headers: { Allow: allowedMethods(endpoints, path) } });
}

/** Says how long the body would be, which is not known of lines that come about one by one. */
async function withoutBody(response: Response): Promise<Response> {
  const { status, headers } = response;
  if (headers.get('content-type') === 'application/json') {
    headers.set('Content-Length', String((await response.arrayBuffer()).byteLength));
  } else await response.body?.cancel();
  return new Response(null, { status, headers });
}

/** @throws {OciError} */
function checkAbility(
  { ability, action, projectAction, audience }: Contract,
  repository: string | undefined,
  identity: Identity,
): void {
  if (identity.isAdministrator || audience === 'everybody') return;
  if (action !== undefined && repository !== undefined && identity.allows(action, repository)) return;
  if (audience === 'catalog' && identity.canListCatalog) return;
  if (isAnonymous(identity)) throw new AuthenticationRequiredError();
  if (audience !== undefined || projectAction !== undefined) return;
  if (action !== undefined && repository !== undefined) {
    throw new AccessDeniedError(`You may not ${action} repository ${repository}.`);
  }
  requireAbility(ability, identity);
}

function isOurs(error: unknown): boolean {
  if (!(error instanceof ProblemError || error instanceof OciError)) return true;
  // 502 is the failure of another registry: whoever asked is told, and can do something about it.
  return error.status >= 500 && error.status !== 502;
}
