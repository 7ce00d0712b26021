import { describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { GENERIC_TOKEN_SECONDS, startFakeGeneric, throttledUntil } from '../../../test/fakes/generic.ts';
import { describeProvider, type ProviderWorld, type Who } from '../contract/provider-contract.ts';
import type { ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { generic } from './provider.ts';

let fake: Fake;

function startWorld(): ProviderWorld {
  fake = startFakeGeneric();
  fake.users.set('valid', { username: 'valid', secret: 'valid-secret', rights: ALL_RIGHTS });
  fake.users.set('powerless', { username: 'powerless', secret: 'powerless-secret', rights: new Set() });
  const target = (who: Who): ProviderTarget => ({
    url: parseRegistryUrl(fake.url),
    form: 'password',
    username: who === 'wrong' ? 'valid' : who,
    secret: `${who}-secret`,
    fields: {},
  });
  return { provider: generic, fake, target };
}

describeProvider('a registry of no known kind', {
  start: async () => await Promise.resolve(startWorld()),
  repository: 'team/app',
  tokenSeconds: GENERIC_TOKEN_SECONDS,
  listsUntagged: true,
  throttled: (until) => throttledUntil(fake, until),
  deletion: { tag: 'native', manifest: true, takesTags: true, wantsUntagged: false, batch: 1 },
});

describe('what is filled in for a registry of no known kind', () => {
  const target: ProviderTarget = {
    url: parseRegistryUrl('registry.lan:5000'),
    form: 'password',
    username: 'ci',
    secret: 'secret',
    fields: {},
  };
  const cases: readonly (readonly [Partial<ProviderTarget>, readonly string[]])[] = [
    [{}, []],
    [{ username: '', secret: '' }, []],
    [{ username: '' }, ['username']],
    [{ secret: '' }, ['secret']],
    [{ username: 'a:b' }, ['username']],
    [{ fields: { 'tag-deletion': 'dummy' } }, []],
    [{ fields: { 'tag-deletion': 'perhaps' } }, ['tag-deletion']],
    [{ form: 'identity-token', username: '' }, []],
  ];
  for (const [change, fields] of cases) {
    it(`${JSON.stringify(change)} has problems with: ${fields.join(', ') || 'nothing'}`, () => {
      expect(generic.problemsOf({ ...target, ...change }).map(({ field }) => field)).toEqual([...fields]);
    });
  }
});
