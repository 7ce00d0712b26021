import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { startFakeQuay, throttledByQuay } from '../../../test/fakes/quay.ts';
import { describeProvider, type ProviderWorld, type Who } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { quay } from './provider.ts';

const SECRETS: Readonly<Record<Who, string>> = {
  valid: 'valid-secret-of-an-application',
  wrong: 'nobodys-secret-of-an-application',
  powerless: 'powerless-secret-of-an-application',
};

async function startWorld(form: string, username: string): Promise<ProviderWorld> {
  const fake = startFakeQuay();
  fake.users.set('valid', { username, secret: SECRETS.valid, rights: ALL_RIGHTS });
  fake.users.set('powerless', { username, secret: SECRETS.powerless, rights: new Set() });
  return await Promise.resolve({
    provider: quay,
    fake,
    target: (who: Who) => ({
      url: parseRegistryUrl(`${fake.url}/acme`),
      form,
      username,
      secret: SECRETS[who],
      fields: {},
    }),
  });
}

describeProvider('Quay, for an application', {
  start: async () => await startWorld('oauth-token', '$oauthtoken'),
  repository: 'acme/app',
  tokenSeconds: 3600,
  listsUntagged: false,
  throttled: throttledByQuay,
  deletion: { tag: 'native', manifest: false, takesTags: false, wantsUntagged: false, batch: 1 },
});

describeProvider('Quay, for a robot', {
  start: async () => await startWorld('robot', 'acme+robot'),
  repository: 'acme/app',
  tokenSeconds: 3600,
  listsUntagged: true,
  throttled: throttledByQuay,
  deletion: { tag: 'native', manifest: true, takesTags: true, wantsUntagged: false, batch: 1 },
});
