import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { ECR_ACCOUNT, ECR_TOKEN_SECONDS, startFakeEcr } from '../../../test/fakes/ecr.ts';
import { describeProvider } from '../contract/provider-contract.ts';
import { ecrPublicProvider } from '../ecr-public/provider.ts';
import type { Provider } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { ECR_DELETION } from './ecr-deletion.ts';
import { ecrProvider } from './provider.ts';

const SECRETS = {
  valid: { username: 'AKIAVALIDVALIDVALID1', secret: 'a-valid-secret-access-key' },
  wrong: { username: 'AKIAVALIDVALIDVALID1', secret: 'another-secret-access-key' },
  powerless: { username: 'AKIAPOWERLESSPOWERL1', secret: 'a-powerless-secret-access-key' },
} as const;

/** Both of Amazon's registries answer alike. */
function describeEcr(
  name: string,
  host: string,
  {
    make,
    repository,
    isPublic,
  }: {
    make: (options: { api: string; sts: string; registry: string }) => Provider;
    repository: string;
    isPublic: boolean;
  },
): void {
  describeProvider(name, {
    start: async () => {
      const fake = startFakeEcr({ isPublic });
      fake.users.set('valid', { ...SECRETS.valid, rights: ALL_RIGHTS });
      fake.users.set('powerless', { ...SECRETS.powerless, rights: new Set() });
      return {
        provider: make({ api: fake.url, sts: fake.url, registry: fake.url }),
        fake,
        target: (who) => ({ url: parseRegistryUrl(host), form: 'access-key', ...SECRETS[who], fields: {} }),
      };
    },
    repository,
    tokenSeconds: ECR_TOKEN_SECONDS,
    listsUntagged: true,
    throttled: (until) =>
      Response.json(
        { __type: 'ThrottlingException', message: 'Rate exceeded' },
        { status: 429, headers: { 'Retry-After': `${(until.getTime() - Date.parse('2026-03-01T12:00:00Z')) / 1000}` } },
      ),
    deletion: ECR_DELETION,
  });
}

describeEcr('Amazon ECR', `${ECR_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`, {
  make: ecrProvider,
  repository: 'team/app',
  isPublic: false,
});
describeEcr('Amazon ECR Public', 'public.ecr.aws', {
  make: ecrPublicProvider,
  repository: 'harbour/app',
  isPublic: true,
});
