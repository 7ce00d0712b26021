import { startFakeDockerHub, throttledByHub } from '../../../test/fakes/docker-hub.ts';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { describeProvider, type Who } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';

const SECRETS: Readonly<Record<Who, string>> = {
  valid: 'dckr_pat_valid-secret',
  wrong: 'dckr_pat_nobodys-secret',
  powerless: 'dckr_pat_powerless-secret',
};

function startWorld() {
  const fake = startFakeDockerHub();
  fake.users.set('valid', { username: 'acme', secret: SECRETS.valid, rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'acme', secret: SECRETS.powerless, rights: new Set() });
  return {
    provider: fake.provider,
    fake,
    target: (who: Who) => ({
      url: parseRegistryUrl('docker.io/acme'),
      form: 'access-token',
      username: 'acme',
      secret: SECRETS[who],
      fields: {},
    }),
  };
}

describeProvider('Docker Hub', {
  start: async () => await Promise.resolve(startWorld()),
  repository: 'acme/app',
  tokenSeconds: 300,
  listsUntagged: true,
  throttled: throttledByHub,
  deletion: { tag: 'native', manifest: true, takesTags: false, wantsUntagged: true, batch: 1 },
});
