import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { ACR_HOST, ACR_REFRESH_SECONDS, ACR_TENANT, startFakeAcr } from '../../../test/fakes/acr.ts';
import { describeProvider } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { ACR_DELETION } from './acr-account.ts';
import { acrProvider } from './provider.ts';

const SECRETS = {
  valid: { username: '6731de76-14a6-49ae-97bc-6eba6914391e', secret: 'a-valid-client-secret' },
  wrong: { username: '6731de76-14a6-49ae-97bc-6eba6914391e', secret: 'another-client-secret' },
  powerless: { username: 'e48d4214-364e-4731-b2b6-47dabf529218', secret: 'a-powerless-client-secret' },
} as const;

for (const [how, fields] of [
  ['by passwords', {}],
  ['by Entra ID', { tenant: ACR_TENANT }],
] as const) {
  describeProvider(`Azure Container Registry, ${how},`, {
    start: async () => {
      const fake = startFakeAcr();
      fake.users.set('valid', { ...SECRETS.valid, rights: ALL_RIGHTS });
      fake.users.set('powerless', { ...SECRETS.powerless, rights: new Set() });
      return {
        provider: acrProvider({ origin: fake.url, authority: fake.url }),
        fake,
        target: (who) => ({ url: parseRegistryUrl(ACR_HOST), form: 'service-principal', ...SECRETS[who], fields }),
      };
    },
    repository: 'team/app',
    tokenSeconds: ACR_REFRESH_SECONDS,
    listsUntagged: true,
    throttled: (until) =>
      Response.json(
        { errors: [{ code: 'TOOMANYREQUESTS', message: 'too many requests' }] },
        { status: 429, headers: { 'Retry-After': `${(until.getTime() - Date.parse('2026-03-01T12:00:00Z')) / 1000}` } },
      ),
    deletion: ACR_DELETION,
  });
}
