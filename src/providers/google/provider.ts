import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../account.ts';
import type { Provider, ProviderTarget, ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { ShortLived } from '../short-lived.ts';
import { GOOGLE_FORMS, problemsOf, projectOf } from './credential-forms.ts';
import { GoogleAccount } from './google-account.ts';
import { GoogleApi } from './google-api.ts';
import { googleHostOf, googlePlaceOf } from './google-place.ts';
import { GoogleRepositories } from './google-repositories.ts';
import { exchangeKey, type GoogleToken, readServiceAccountKey, type ServiceAccountKey } from './service-account.ts';

export interface GoogleOptions {
  /** Where Artifact Registry's API is. */
  readonly api?: string;
  /** Where its `/v2/` is. Default: as its URL says. */
  readonly registry?: string;
  /** Where keys are exchanged. */
  readonly tokenUrl?: string;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const API = 'https://artifactregistry.googleapis.com';

/** Google's registries: Artifact Registry, and the hosts of Container Registry, which it serves. */
export function googleProvider(options: GoogleOptions = {}): Provider {
  return {
    kind: 'google',
    title: 'Google Artifact Registry',
    forms: GOOGLE_FORMS,
    recognises: (url) => googleHostOf(url) !== undefined,
    problemsOf,
    open: (target, tools) => open(target, tools, options),
  };
}

export const google: Provider = googleProvider();

function open(target: ProviderTarget, tools: ProviderTools, options: GoogleOptions): Account {
  const { api: origin = API, registry, tokenUrl, wait = waited } = options;
  const host = googleHostOf(target.url);
  const project = projectOf(target);
  if (host === undefined || project === undefined) {
    throw new ProviderError('unsupported', `${target.url.text} does not say which project of Google's it is.`);
  }
  const key = keyOf(target);
  const make = async (signal: AbortSignal): Promise<GoogleToken> =>
    key === undefined ? { text: target.secret } : await exchangeKey(key, { tools, tokenUrl }, signal);
  const token = new ShortLived(make, tools.now);
  const api = new GoogleApi({ origin, token, tools, secret: target.secret, isTokenGiven: key === undefined });
  const only = googlePlaceOf(target.url.path, host)?.repository ?? host.legacyRepository;
  const repositories = new GoogleRepositories({ api, host, project, only, now: tools.now });
  return new GoogleAccount({
    url: target.url,
    tools,
    api,
    token,
    host,
    project,
    repositories,
    path: target.url.path,
    email: key?.email,
    ...(registry !== undefined && { registry }),
    wait,
  });
}

/** @throws {ProviderError} it is none. */
function keyOf({ form, secret }: ProviderTarget): ServiceAccountKey | undefined {
  if (form !== 'service-account') return undefined;
  const key = readServiceAccountKey(secret);
  if (typeof key === 'string') throw new ProviderError('wrong-credentials', key);
  return key;
}

async function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}
