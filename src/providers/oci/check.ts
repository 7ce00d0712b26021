import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { CheckReport, DockerLogin, RegistryAbility } from '../account.ts';
import { clockSkewSeconds } from '../diagnose.ts';
import { ProviderError } from '../provider-error.ts';
import { isPage } from '../said.ts';
import { findAbilities } from './abilities.ts';
import { objectIn } from './answer.ts';
import { endOf } from './claims.ts';
import { isFarOff, sentenceOn } from './clock.ts';
import type { OciSession } from './oci-session.ts';
import { ping, prove } from './proof.ts';

export interface Checking {
  readonly session: OciSession;
  /** As people write the registry. */
  readonly name: string;
  /** To try rights on. Default: one of the catalog. */
  readonly repository?: string;
  /** Only repositories in this folder are ours; empty: all. */
  readonly below: string;
  /** Whether the registry may have a catalog. */
  readonly hasCatalog: boolean;
  /** Whether deletion is tried, with what is not there, though the token service grants it. */
  readonly triesDeletion: boolean;
}

export async function checkRegistry(checking: Checking, signal: AbortSignal): Promise<CheckReport> {
  const { session } = checking;
  const login = await session.login(signal);
  const first = await session.sendAs(ping(signal), undefined);
  const skew = clockSkewSeconds(first, session.now());
  refuseWhatIsNoRegistry(first, session);
  const proof = await prove(checking, { first, login, signal });
  const remarks = [...remarksOn(first, skew), ...proof.remarks];
  const found = await findAbilities(checking, { method: proof.method, signal });
  refuseWithoutRights(checking, found.abilities, login);
  const secretExpiresAt = login === undefined ? undefined : endOf(login.password);
  const { account } = proof;
  return {
    abilities: found.abilities,
    remarks: [...remarks, ...found.remarks],
    ...(account !== undefined && { account }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
    ...(secretExpiresAt !== undefined && { secretExpiresAt }),
  };
}

/** @throws {ProviderError} whatever answers, it is nobody's registry. */
function refuseWhatIsNoRegistry(answer: UpstreamAnswer, session: OciSession): void {
  const { status, headers, body, url } = answer;
  const isDeclared = headers.has('docker-distribution-api-version');
  const where = URL.canParse(url) ? new URL(url).host : session.name;
  if ((isPage(answer) && !isDeclared && !headers.has('www-authenticate')) || (status >= 300 && status < 400)) {
    const what = isPage(answer) ? 'a page for people' : 'a redirect';
    throw notOne(`${where} answers with ${what} where a registry has its API (/v2/).`, status);
  }
  // What Go's servers, and nginx, say to plain HTTP where they have TLS.
  if (status === 400 && /HTTPS (?:server|port)/.test(new TextDecoder().decode(body.subarray(0, 1000)))) {
    throw new ProviderError('tls', `${where} speaks TLS, and was asked without it. Write https:// before its name.`, {
      status,
    });
  }
  if (status === 404 || status === 405 || status === 410) {
    throw notOne(`${where} has no API of registries: it answers ${status} for /v2/.`, status);
  }
  if (status === 200 && !isDeclared && body.byteLength > 0 && objectIn(body) === undefined) {
    throw notOne(`What ${where} answers for /v2/ is nothing that a registry says.`, status);
  }
  if (status !== 200 && status !== 401) throw session.refusalOf(answer, 'looking whether it is a registry');
}

function notOne(what: string, status: number): ProviderError {
  return new ProviderError('not-a-registry', `${what} Look at the host and the port.`, { status });
}

/** @throws {ProviderError} the credentials are right, and may do nothing. */
function refuseWithoutRights(
  { name, repository }: Checking,
  { list, pull, push }: Readonly<Record<RegistryAbility, string>>,
  login: DockerLogin | undefined,
): void {
  if (repository === undefined || login === undefined) return;
  if (pull !== 'no' || push === 'yes' || list === 'yes') return;
  throw new ProviderError(
    'forbidden',
    `${name} takes these credentials, and they may do nothing with ${repository}. Give them the right to pull from it.`,
  );
}

function remarksOn({ headers }: UpstreamAnswer, skew: number | undefined): readonly string[] {
  return [
    ...(headers.has('docker-distribution-api-version') || headers.has('www-authenticate')
      ? []
      : ['It does not say that it is a registry (Docker-Distribution-Api-Version), as most do.']),
    ...(skew !== undefined && isFarOff(skew) ? [sentenceOn(skew)] : []),
  ];
}
