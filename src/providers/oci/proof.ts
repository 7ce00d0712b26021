import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { DockerLogin } from '../account.ts';
import { clockSkewSeconds } from '../diagnose.ts';
import { ProviderError } from '../provider-error.ts';
import { basicOf } from './basic.ts';
import type { Checking } from './check.ts';
import { claimsOf } from './claims.ts';
import { isFarOff, sentenceOn } from './clock.ts';
import { CATALOG_SCOPE } from './lists.ts';
import type { Method, OciRequest, OciSession } from './oci-session.ts';

/** Whether there is a registry. @see distribution-spec v1.1.1 §Determining Support */
export function ping(signal: AbortSignal): OciRequest {
  return { method: 'GET', path: '/v2/', scopes: [], signal };
}

interface Proof {
  /** `undefined`: nobody is asked who they are. */
  readonly method: Method | undefined;
  readonly account?: string;
  readonly remarks: readonly string[];
}

interface Proving {
  readonly first: UpstreamAnswer;
  readonly login: DockerLogin | undefined;
  readonly signal: AbortSignal;
}

/** Finds out whether the registry takes the credentials, not only whether it answers. */
export async function prove(checking: Checking, { first, login, signal }: Proving): Promise<Proof> {
  const { session } = checking;
  const asking = first.status === 401 ? first : await findChallenge(checking, signal);
  const method = asking === undefined ? undefined : session.methodOf(asking);
  if (method === undefined) {
    if (first.status === 401) {
      throw new ProviderError('malformed', `${session.name} asks who we are, and does not say how to tell it.`);
    }
    return await proveToOpenOne(session, login, signal);
  }
  session.use(method);
  if (method.kind === 'basic') return await proveByPassword(session, { method, login, signal });
  return await proveByToken(session, { method, login, signal });
}

/** An open `/v2/` says little: some ask who we are only further in. */
async function findChallenge(
  { session, hasCatalog }: Checking,
  signal: AbortSignal,
): Promise<UpstreamAnswer | undefined> {
  if (!hasCatalog) return undefined;
  const request = { method: 'GET', path: '/v2/_catalog?n=1', scopes: [CATALOG_SCOPE], signal };
  const answer = await session.sendAs(request, undefined);
  return answer.status === 401 && session.methodOf(answer) !== undefined ? answer : undefined;
}

async function proveToOpenOne(
  session: OciSession,
  login: DockerLogin | undefined,
  signal: AbortSignal,
): Promise<Proof> {
  if (login === undefined) return { method: undefined, remarks: ['It is open to everybody.'] };
  // Those that look at a password where none is needed refuse a wrong one.
  const answer = await session.sendAs(ping(signal), basicOf(login));
  if (answer.status !== 200) throw session.refusalOf(answer, 'logging in');
  return {
    method: undefined,
    remarks: [
      'It is open to everybody, and does not look at the username and the secret: whether they are right is not known.',
    ],
  };
}

async function proveByPassword(
  session: OciSession,
  {
    method,
    login,
    signal,
  }: { readonly method: Method; readonly login: DockerLogin | undefined; readonly signal: AbortSignal },
): Promise<Proof> {
  if (login === undefined) throw nobodyGetsIn(session);
  const answer = await session.sendAs(ping(signal), basicOf(login));
  if (answer.status !== 200) throw session.refusalOf(answer, 'logging in');
  session.hasProvedItself = true;
  return { method, account: login.username, remarks: [] };
}

async function proveByToken(
  session: OciSession,
  {
    method,
    login,
    signal,
  }: {
    readonly method: Method & { kind: 'bearer' };
    readonly login: DockerLogin | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Proof> {
  const token = await session.token(method, [], signal);
  const subject = claimsOf(token.text)?.['sub'];
  if (login !== undefined && isNobody(subject)) {
    throw new ProviderError(
      'wrong-credentials',
      `${session.name} does not know this username and secret: it gave a token for anybody.`,
    );
  }
  const answer = await session.sendAs(ping(signal), `Bearer ${token.text}`);
  if (answer.status === 401) throw tokenRefused(session, answer);
  if (answer.status !== 200) throw session.refusalOf(answer, 'showing it its token');
  const remarks = login === undefined ? ['Nobody logs in: only what is open to everybody is there.'] : [];
  return { method, remarks, ...(typeof subject === 'string' && subject !== '' && { account: subject }) };
}

/** The subject of tokens that are given to whoever asks. */
function isNobody(subject: unknown): boolean {
  return subject === '' || subject === 'anonymous' || subject === '(anonymous)';
}

function tokenRefused(session: OciSession, answer: UpstreamAnswer): ProviderError {
  const skew = clockSkewSeconds(answer, session.now());
  if (skew !== undefined && isFarOff(skew)) {
    return new ProviderError(
      'clock-skew',
      `${session.name} does not take the token that its own token service gave. ${sentenceOn(skew)} Set the clocks right.`,
      { status: answer.status },
    );
  }
  return new ProviderError(
    'failing',
    `${session.name} does not take the token that its own token service gave: ${session.saidBy(answer)}.`,
    { status: answer.status },
  );
}

function nobodyGetsIn({ name }: OciSession): ProviderError {
  return new ProviderError('wrong-credentials', `${name} lets nobody in without a username and a password.`, {
    status: 401,
  });
}
