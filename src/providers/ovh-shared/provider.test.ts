import { afterAll, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { throttledUntil } from '../../../test/fakes/generic.ts';
import { startFakeOvhShared } from '../../../test/fakes/ovh.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import { describeProvider, type Who } from '../contract/provider-contract.ts';
import type { ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { ovhShared } from './provider.ts';

let fake: Fake;

function start(): Fake {
  fake = startFakeOvhShared();
  fake.users.set('valid', { username: 'user-abc', secret: 'valid-secret', rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'user-def', secret: 'powerless-secret', rights: new Set() });
  return fake;
}

function target(who: Who): ProviderTarget {
  return {
    url: parseRegistryUrl(fake.url),
    region: 'GRA',
    form: 'password',
    username: who === 'powerless' ? 'user-def' : 'user-abc',
    secret: `${who}-secret`,
    fields: {},
  };
}

describeProvider("OVHcloud's shared registry", {
  start: async () => await Promise.resolve({ provider: ovhShared, fake: start(), target }),
  repository: 'app',
  listsRepositories: false,
  listsUntagged: true,
  throttled: (until) => throttledUntil(fake, until),
  deletion: { tag: 'no', manifest: true, takesTags: true, wantsUntagged: false, batch: 1 },
});

describe("OVHcloud's shared registry", () => {
  afterAll(async () => await fake[Symbol.asyncDispose]());

  it('always says that images may go at any time', async () => {
    start();
    const account = ovhShared.open(target('valid'), { http: plainUpstream(), now: fake.clock.now });
    const { remarks } = await account.check({}, new AbortController().signal);
    expect(remarks.join(' ')).toContain('may purge the images');
  });
});
