import type { Account } from '../account.ts';
import type { Provider, ProviderTarget, ProviderTools } from '../provider.ts';
import { SYSTEM_CLOCK } from '../../egress/clock.ts';
import { AcrAccount } from './acr-account.ts';
import { AcrApi } from './acr-api.ts';
import { authorityOf } from './acr-host.ts';
import { type AcrProof, AcrTokens } from './acr-tokens.ts';
import { ACR_FORMS, problemsOfCredentials } from './credential-forms.ts';
import { canMakePasswords, passwordMinting, type PasswordMintingOptions } from './password-minting.ts';
import { entraToken, REGISTRY_SCOPE } from './entra.ts';

export interface AcrOptions {
  /** Where the registry is. Default: at its name. */
  readonly origin?: string;
  /** Where Entra ID is. Default: that of the cloud which the registry is in. */
  readonly authority?: string;
  /** Where Azure Resource Manager is. Default: likewise. */
  readonly management?: string;
  /** Default: by the clock of this machine. */
  readonly wait?: PasswordMintingOptions['wait'];
}

/** Azure's registries. */
export function acrProvider(options: AcrOptions = {}): Provider {
  return {
    kind: 'acr',
    title: 'Azure Container Registry',
    forms: ACR_FORMS,
    recognises: (url) => authorityOf(url) !== undefined,
    problemsOf: (target) => [
      ...(authorityOf(target.url) === undefined
        ? [{ field: 'url', message: 'A registry of Azure is called like harbour.azurecr.io.' }]
        : []),
      ...problemsOfCredentials(target),
    ],
    open: (target, tools) => open(target, tools, options),
  };
}

export const acr: Provider = acrProvider();

function open(target: ProviderTarget, tools: ProviderTools, options: AcrOptions): Account {
  const { host, path } = target.url;
  const { origin = `${target.url.scheme}://${host}` } = options;
  const proof = proofOf(target, tools, options);
  const tokens = new AcrTokens({ host, origin, proof, tools });
  const api = new AcrApi({ host, origin, tokens, tools, secret: target.secret });
  const isAnonymous = proof.kind === 'nobody';
  const { wait = SYSTEM_CLOCK.sleep } = options;
  const knows = async (secret: string, signal: AbortSignal): Promise<boolean> => {
    const made: AcrProof = { kind: 'password', username: target.username, secret };
    return await new AcrTokens({ host, origin, proof: made, tools }).knowsPassword(signal);
  };
  const minting = canMakePasswords(target) ? passwordMinting({ ...options, target, tools, wait, knows }) : undefined;
  return new AcrAccount({
    url: target.url,
    origin,
    tools,
    api,
    path,
    isAnonymous,
    now: tools.now,
    ...(minting !== undefined && { minting }),
  });
}

function proofOf(
  { url, form, username, secret, fields }: ProviderTarget,
  tools: ProviderTools,
  options: AcrOptions,
): AcrProof {
  if (secret === '') return { kind: 'nobody' };
  const tenant = fields['tenant'] ?? '';
  const authority = options.authority ?? authorityOf(url);
  if (form !== 'service-principal' || tenant === '' || authority === undefined) {
    return { kind: 'password', username, secret };
  }
  const principal = { tenant, clientId: username, secret };
  return {
    kind: 'entra',
    tenant,
    token: async (signal) => await entraToken(principal, { authority, tools, scope: REGISTRY_SCOPE }, signal),
  };
}
