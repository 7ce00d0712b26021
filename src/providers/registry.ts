import { acr } from './acr/provider.ts';
import { dockerHub } from './docker-hub/provider.ts';
import { ecrPublicProvider } from './ecr-public/provider.ts';
import type { AmbientOptions } from './ecr/ambient-credentials.ts';
import { ecrProvider } from './ecr/provider.ts';
import { generic } from './generic/provider.ts';
import { ghcr } from './ghcr/provider.ts';
import { gitlab } from './gitlab/provider.ts';
import { google } from './google/provider.ts';
import { harbor } from './harbor/provider.ts';
import { ovhManaged } from './ovh-managed/provider.ts';
import { ovhShared } from './ovh-shared/provider.ts';
import type { Kind, Provider } from './provider.ts';
import { quay } from './quay/provider.ts';
import type { RegistryUrl } from './registry-url.ts';

export interface ProvidersOptions {
  /** Who the machine is to Amazon, where some connections may use that. */
  readonly ambient?: AmbientOptions;
}

/** Every kind of registry that is known, as people are shown them: the best known first, what fits all last. */
export function allProviders(options: ProvidersOptions = {}): readonly Provider[] {
  return [
    dockerHub,
    ghcr,
    google,
    ecrProvider(options),
    ecrPublicProvider(options),
    acr,
    harbor,
    ovhManaged,
    ovhShared,
    gitlab,
    quay,
    generic,
  ];
}

/** Without the identity of a machine. */
export const PROVIDERS: readonly Provider[] = allProviders();

const PROVIDER_BY_KIND: ReadonlyMap<Kind, Provider> = new Map(PROVIDERS.map((provider) => [provider.kind, provider]));

export function providerOf(kind: Kind): Provider {
  const provider = PROVIDER_BY_KIND.get(kind);
  if (provider === undefined) throw new Error(`No provider is of the kind ${kind}.`);
  return provider;
}

/** What kind of registry a URL is of. What is not known for sure is `generic`: it has the API that all have. */
export function detectKind(url: RegistryUrl): Kind {
  return PROVIDERS.find((provider) => provider.recognises(url))?.kind ?? 'generic';
}
