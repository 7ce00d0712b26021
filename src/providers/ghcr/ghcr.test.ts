import { startFakeGhcr, throttledByGithub } from '../../../test/fakes/ghcr.ts';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { describeProvider, type Who } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';

const SECRETS: Readonly<Record<Who, string>> = {
  valid: 'ghp_validsecretvalidsecret',
  wrong: 'ghp_nobodyssecretnobodyssecret',
  powerless: 'ghp_powerlesssecretpowerless',
};

function startWorld() {
  const fake = startFakeGhcr();
  fake.organizations.add('acme');
  fake.users.set('valid', { username: 'somebody', secret: SECRETS.valid, rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'somebody', secret: SECRETS.powerless, rights: new Set() });
  return {
    provider: fake.provider,
    fake,
    target: (who: Who) => ({
      url: parseRegistryUrl('ghcr.io/acme'),
      form: 'access-token',
      username: 'somebody',
      secret: SECRETS[who],
      fields: {},
    }),
  };
}

describeProvider('GitHub Container Registry', {
  start: async () => await Promise.resolve(startWorld()),
  repository: 'acme/team/app',
  tokenSeconds: 300,
  listsUntagged: true,
  throttled: throttledByGithub,
  deletion: { tag: 'dummy', manifest: true, takesTags: true, wantsUntagged: false, batch: 1 },
});
