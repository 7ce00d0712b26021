import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { CheckReport, RegistryAbility } from '../account.ts';
import { clockRemark, clockSkewSeconds } from '../diagnose.ts';
import { parseDate, present, textIn } from '../native/json-fields.ts';
import { fieldOf } from '../native/native-api.ts';
import { grantedActions } from '../oci/claims.ts';
import { objectIn } from '../oci/answer.ts';
import { ProviderError } from '../provider-error.ts';
import type { GhcrSession } from './ghcr-session.ts';

type Abilities = CheckReport['abilities'];

/**
 * GitHub's API says whom a token is of and what it is good for. The registry's token service answers 403 to nobody and to
 * a wrong token alike, and gives everybody a token for what is public.
 *
 * @throws {ProviderError}
 */
export async function checkGhcr(
  session: GhcrSession,
  repository: string | undefined,
  signal: AbortSignal,
): Promise<CheckReport> {
  const { api, target, tools } = session;
  const now = tools.now();
  if (target.secret === '') return await checkAsAnybody(session, repository, signal);
  const who = await api.send({ path: '/user', signal });
  // The token of a workflow is of nobody, and is only known by the registry.
  const isOfWorkflow = who.status === 403 && target.secret.startsWith('ghs_');
  if (who.status !== 200 && !isOfWorkflow) throw refusalOf(session, who);
  const scopes = scopesIn(who);
  const abilities = scopes === undefined ? UNKNOWN : abilitiesOf(scopes);
  if (abilities.pull === 'no') {
    throw new ProviderError(
      'forbidden',
      `GitHub takes this token, and it has no scope for packages (it has: ${[...(scopes ?? [])].join(', ') || 'none'}). Give it read:packages at least.`,
    );
  }
  await askRegistry(session, { repository, isKnown: who.status === 200, signal });
  const [secretExpiresAt, account] = [expiryIn(who), textIn(objectIn(who.body) ?? {}, 'login')];
  const remarks = [clockRemark(who, now)].filter((remark) => remark !== undefined);
  return { abilities, remarks, ...present({ secretExpiresAt, account, clockSkewSeconds: clockSkewSeconds(who, now) }) };
}

const UNKNOWN: Abilities = { list: 'unknown', pull: 'unknown', push: 'unknown', delete: 'unknown' };

async function checkAsAnybody(
  session: GhcrSession,
  repository: string | undefined,
  signal: AbortSignal,
): Promise<CheckReport> {
  await askRegistry(session, { repository, isKnown: false, signal });
  return {
    abilities: { list: 'no', pull: repository === undefined ? 'unknown' : 'yes', push: 'no', delete: 'no' },
    remarks: ['Nobody logs in: only public packages can be pulled.'],
  };
}

/** Whether Docker could log in as well. @param isKnown GitHub's API took the token: the registry refuses the package. */
async function askRegistry(
  { registry, tokenService }: GhcrSession,
  {
    repository,
    isKnown,
    signal,
  }: { readonly repository: string | undefined; readonly isKnown: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const scopes = repository === undefined ? [] : [`repository:${repository}:pull`];
  try {
    const { text } = await registry.token(tokenService, scopes, signal);
    const granted = repository === undefined ? undefined : grantedActions(text, repository);
    if (granted === undefined || granted.size > 0) return;
  } catch (error) {
    const isRefused = error instanceof ProviderError && error.diagnosis === 'wrong-credentials';
    if (!isRefused || !isKnown) throw error;
  }
  throw new ProviderError(
    'forbidden',
    `GitHub takes this token, and it may not pull ${repository ?? 'anything'} from ghcr.io: there is no such package, or its owner does not let this account, or wants the token authorized for single sign-on.`,
    { status: 403 },
  );
}

function refusalOf({ api }: GhcrSession, answer: UpstreamAnswer): ProviderError {
  if (answer.status === 403 && answer.headers.get('x-github-sso')?.startsWith('required') === true) {
    return new ProviderError(
      'forbidden',
      'The organization has single sign-on: authorize the token for it, on the page of your tokens at GitHub.',
      { status: 403 },
    );
  }
  if (answer.status === 401 && /expired/i.test(fieldOf(answer, 'message') ?? '')) {
    return new ProviderError('token-expired', 'This token has expired: make a new one at GitHub.', { status: 401 });
  }
  return api.refusalOf(answer, 'looking whom the token is of');
}

/** `undefined`: GitHub does not say, as of a token that is not a classic one. */
function scopesIn({ headers }: UpstreamAnswer): ReadonlySet<string> | undefined {
  const text = headers.get('x-oauth-scopes');
  if (text === undefined) return undefined;
  return new Set(text.split(/[\s,]+/).filter((scope) => scope !== ''));
}

/** `write:packages` has `read:packages` in it; to delete one needs to read as well. */
function abilitiesOf(scopes: ReadonlySet<string>): Abilities {
  const mayPush = scopes.has('write:packages');
  const mayRead = mayPush || scopes.has('read:packages');
  const yesOrNo = (may: boolean): Abilities[RegistryAbility] => (may ? 'yes' : 'no');
  return {
    list: yesOrNo(mayRead),
    pull: yesOrNo(mayRead),
    push: yesOrNo(mayPush),
    delete: yesOrNo(mayRead && scopes.has('delete:packages')),
  };
}

/** `2026-06-01 12:00:00 UTC`, or with an offset: `2026-06-01 12:00:00 +0200`. */
function expiryIn({ headers }: UpstreamAnswer): Date | undefined {
  const text = headers.get('github-authentication-token-expiration');
  const [, day, time, zone = 'UTC'] = /^(\S+) (\S+)(?: (\S+))?$/.exec(text?.trim() ?? '') ?? [];
  if (day === undefined || time === undefined) return parseDate(text);
  return parseDate(`${day}T${time}${zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
}
