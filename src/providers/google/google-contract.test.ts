import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import {
  emailOf,
  GOOGLE_PROJECT,
  GOOGLE_TOKEN_SECONDS,
  serviceAccountKey,
  startFakeGoogle,
} from '../../../test/fakes/google.ts';
import { describeProvider } from '../contract/provider-contract.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { GOOGLE_DELETION } from './google-deletion.ts';
import { googleProvider } from './provider.ts';

const SECRETS = {
  valid: serviceAccountKey('valid'),
  wrong: serviceAccountKey('valid', false),
  powerless: serviceAccountKey('powerless'),
} as const;

describeProvider('Google Artifact Registry', {
  start: async () => {
    const fake = startFakeGoogle();
    fake.users.set('valid', { username: emailOf('valid'), secret: SECRETS.valid, rights: ALL_RIGHTS });
    fake.users.set('powerless', { username: emailOf('powerless'), secret: SECRETS.powerless, rights: new Set() });
    return {
      provider: googleProvider({
        api: fake.url,
        registry: fake.url,
        tokenUrl: `${fake.url}/token`,
        wait: async () => {},
      }),
      fake,
      target: (who) => ({
        url: parseRegistryUrl(`europe-west1-docker.pkg.dev/${GOOGLE_PROJECT}`),
        form: 'service-account',
        username: '_json_key',
        secret: SECRETS[who],
        fields: {},
      }),
    };
  },
  repository: `${GOOGLE_PROJECT}/images/app`,
  tokenSeconds: GOOGLE_TOKEN_SECONDS,
  listsUntagged: true,
  throttled: (until) =>
    Response.json(
      { error: { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED' } },
      { status: 429, headers: { 'Retry-After': `${(until.getTime() - Date.parse('2026-03-01T12:00:00Z')) / 1000}` } },
    ),
  deletion: GOOGLE_DELETION,
});
