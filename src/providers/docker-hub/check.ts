import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { MANIFEST_ACCEPT } from '../../client/manifests.ts';
import type { CheckReport } from '../account.ts';
import { clockRemark, clockSkewSeconds } from '../diagnose.ts';
import { textIn } from '../native/json-fields.ts';
import { grantedActions } from '../oci/claims.ts';
import { ProviderError } from '../provider-error.ts';
import { type HubSession, tokenServiceOf } from './hub-session.ts';
import { repositoriesOf } from './lists.ts';

/** What Docker keeps for looking at the limits: looking is no pull. */
const PREVIEW = 'ratelimitpreview/test';

/**
 * Docker Hub's API and its token service are both asked: each has its own idea of who may. What anybody may is no proof,
 * since a token is given to everybody.
 *
 * @throws {ProviderError}
 */
export async function checkHub(
  session: HubSession,
  repository: string | undefined,
  signal: AbortSignal,
): Promise<CheckReport> {
  const { api, target, tools } = session;
  if (target.secret === '') return await checkAsAnybody(session, signal);
  const claims = await api.logIn(signal);
  const subject = repository ?? (await oneOf(session, signal));
  const granted = subject === undefined ? undefined : await grantsOn(session, subject, signal);
  if (repository !== undefined && granted?.size === 0) {
    throw new ProviderError(
      'forbidden',
      `Docker Hub takes these credentials, and they may do nothing with ${repository}. Give them the right to pull from it.`,
    );
  }
  const preview = await lookAtLimits(session, signal);
  const may = (action: string): 'yes' | 'no' | 'unknown' => {
    if (granted === undefined) return 'unknown';
    return granted.has(action) || granted.has('*') ? 'yes' : 'no';
  };
  const now = tools.now();
  const remarks = [limitRemark(preview), clockRemark(preview, now)].filter((remark) => remark !== undefined);
  const skew = clockSkewSeconds(preview, now);
  return {
    abilities: { list: 'yes', pull: may('pull'), push: may('push'), delete: may('delete') },
    account: accountIn(claims) ?? target.username,
    remarks,
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}

async function checkAsAnybody(session: HubSession, signal: AbortSignal): Promise<CheckReport> {
  const preview = await lookAtLimits(session, signal);
  const remarks = [limitRemark(preview), 'Nobody logs in: only public repositories can be pulled.'];
  return {
    abilities: { list: 'unknown', pull: 'yes', push: 'no', delete: 'no' },
    remarks: remarks.filter((remark) => remark !== undefined),
  };
}

/** A repository to try rights on; `undefined`: there is none. */
async function oneOf(session: HubSession, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await repositoriesOf(session, { limit: 1 }, signal)).items[0]?.name;
  } catch (error) {
    // Tokens of organizations may be of a few repositories alone: nothing is wrong with them.
    if (error instanceof ProviderError && ['forbidden', 'not-found', 'unsupported'].includes(error.diagnosis))
      return undefined;
    throw error;
  }
}

/** What the token service lets us do; `undefined`: it does not say. */
async function grantsOn(
  { registry, places }: HubSession,
  repository: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const name = repository.includes('/') ? repository : `library/${repository}`;
  const scopes = [`repository:${name}:pull,push,delete`];
  const { text } = await registry.token(tokenServiceOf(places), scopes, signal);
  return grantedActions(text, name);
}

async function lookAtLimits({ registry }: HubSession, signal: AbortSignal): Promise<UpstreamAnswer> {
  const answer = await registry.send({
    method: 'HEAD',
    path: `/v2/${PREVIEW}/manifests/latest`,
    scopes: [`repository:${PREVIEW}:pull`],
    headers: { Accept: MANIFEST_ACCEPT },
    cost: 0,
    signal,
  });
  if (answer.status === 429 || answer.status === 401 || answer.status >= 500) {
    throw registry.refusalOf(answer, 'looking at its pull limits');
  }
  return answer;
}

/** `100;w=21600`: so many in so many seconds. No header: no limit. */
function limitRemark({ headers }: UpstreamAnswer): string | undefined {
  const [, limit, seconds] = /^(\d+)(?:;w=(\d+))?/.exec(headers.get('ratelimit-limit') ?? '') ?? [];
  const [, left] = /^(\d+)/.exec(headers.get('ratelimit-remaining') ?? '') ?? [];
  if (limit === undefined || left === undefined) return undefined;
  const span = seconds === undefined ? '' : ` in ${Number(seconds) / 3600} hours`;
  return `${left} of ${limit} pulls${span} are left.`;
}

function accountIn(claims: JsonObject): string | undefined {
  const own = claims['https://hub.docker.com'];
  return isJsonObject(own) ? textIn(own, 'username') : undefined;
}
