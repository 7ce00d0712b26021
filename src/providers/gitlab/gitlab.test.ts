import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { startFakeGitlab, throttledByGitlab } from '../../../test/fakes/gitlab.ts';
import { describeProvider, type Who } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';

const SECRETS: Readonly<Record<Who, string>> = {
  valid: 'glpat-validsecretvalid',
  wrong: 'glpat-nobodyssecretnobody',
  powerless: 'glpat-powerlesssecret',
};

function startWorld() {
  const fake = startFakeGitlab();
  fake.projects.add('acme/project');
  fake.users.set('valid', { username: 'somebody', secret: SECRETS.valid, rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'somebody', secret: SECRETS.powerless, rights: new Set() });
  return {
    provider: fake.provider,
    fake,
    target: (who: Who) => ({
      url: parseRegistryUrl(`${fake.url}/acme`),
      form: 'access-token',
      username: 'somebody',
      secret: SECRETS[who],
      fields: {},
    }),
  };
}

describeProvider('GitLab', {
  start: async () => await Promise.resolve(startWorld()),
  repository: 'acme/project/app',
  tokenSeconds: 300,
  listsUntagged: false,
  throttled: throttledByGitlab,
  deletion: { tag: 'native', manifest: false, takesTags: false, wantsUntagged: false, batch: 1 },
});
