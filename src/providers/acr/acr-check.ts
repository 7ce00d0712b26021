import { isJsonObject } from '../../oci/json-object.ts';
import type { CheckReport } from '../account.ts';
import { claimsOf, grantedActions } from '../oci/claims.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import { CatalogAnswer } from './acr-answers.ts';
import type { AcrApi } from './acr-api.ts';
import { CATALOG } from './acr-tokens.ts';

/** Azure takes tokens for some minutes more and less than they say. */
const NOTABLE_SKEW_SECONDS = 60;

interface Checked {
  readonly api: AcrApi;
  readonly path: string;
  readonly isAnonymous: boolean;
  readonly repository: string | undefined;
}

type Ability = 'yes' | 'no' | 'unknown';

/** What a login may do: the registry's own tokens say it in their claim `access`. */
export async function checkAcr(checked: Checked, signal: AbortSignal): Promise<CheckReport> {
  const { api, isAnonymous } = checked;
  const catalogToken = await api.tokens.renew(CATALOG, signal).catch(async (error: unknown) => {
    if (error instanceof ProviderError && error.diagnosis === 'forbidden') return undefined;
    throw error;
  });
  const list = catalogToken === undefined ? 'no' : listing(catalogToken);
  const repository = checked.repository ?? (list === 'no' ? undefined : await firstOf(api, signal));
  if (repository !== undefined) repositoryIn(repository);
  const rights = repository === undefined ? UNKNOWN : await rightsOn(api, repository, signal);
  if (!isAnonymous) refuseIfPowerless({ list, ...rights }, repository);
  const skew = api.clockSkewSeconds;
  const account = catalogToken === undefined ? undefined : subjectOf(catalogToken);
  return {
    abilities: { list, ...rights },
    remarks:
      skew !== undefined && Math.abs(skew) > NOTABLE_SKEW_SECONDS
        ? [`The clock of this machine is ${Math.abs(skew)} s off that of the registry.`]
        : [],
    ...(account !== undefined && { account }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}

type Rights = Readonly<Record<'pull' | 'push' | 'delete', Ability>>;

const UNKNOWN: Rights = { pull: 'unknown', push: 'unknown', delete: 'unknown' };

/** Who the token is of: the application, or the name of a scope-map token. */
function subjectOf(token: string): string | undefined {
  const claims = claimsOf(token);
  const subject = claims?.['sub'] ?? claims?.['appid'];
  return typeof subject === 'string' && subject !== '' ? subject : undefined;
}

function listing(token: string): Ability {
  const access = claimsOf(token)?.['access'];
  if (!Array.isArray(access)) return 'unknown';
  const entries = (access as readonly unknown[]).filter(isJsonObject);
  const isGranted = entries.some(
    ({ type, name, actions }) =>
      type === 'registry' && name === 'catalog' && Array.isArray(actions) && actions.length > 0,
  );
  return isGranted ? 'yes' : 'no';
}

async function firstOf(api: AcrApi, signal: AbortSignal): Promise<string | undefined> {
  const what = 'listing its repositories';
  const request = { method: 'GET', path: '/acr/v1/_catalog?n=1', scope: CATALOG, what, signal } as const;
  const { value } = await api.read(request, CatalogAnswer);
  return value.repositories[0];
}

async function rightsOn(api: AcrApi, repository: string, signal: AbortSignal): Promise<Rights> {
  try {
    const token = await api.tokens.renew(`repository:${repository}:pull,push,delete`, signal);
    const granted = grantedActions(token, repository);
    if (granted === undefined) return UNKNOWN;
    const may = (action: string): Ability => (granted.has(action) || granted.has('*') ? 'yes' : 'no');
    return { pull: may('pull'), push: may('push'), delete: may('delete') };
  } catch (error) {
    if (error instanceof ProviderError && error.diagnosis === 'forbidden')
      return { pull: 'no', push: 'no', delete: 'no' };
    throw error;
  }
}

/** @throws {ProviderError} the credentials are good, and good for nothing here. */
function refuseIfPowerless(abilities: CheckReport['abilities'], repository: string | undefined): void {
  if (repository !== undefined && Object.values(abilities).every((ability) => ability === 'no')) {
    throw new ProviderError(
      'forbidden',
      `Azure knows these credentials, and they may neither list, pull, push nor delete at ${repository}. Give them the role AcrPull, or a scope map.`,
    );
  }
  if (repository === undefined && abilities.list === 'no') {
    throw new ProviderError(
      'forbidden',
      'Azure knows these credentials, and they may not list repositories. Give them the role AcrPull, or name a repository to test with.',
    );
  }
}
