import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { type FakeEcr, startFakeEcr } from '../../../test/fakes/ecr.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { ecrPublicProvider } from './provider.ts';

const ecrPublic = ecrPublicProvider();
const SIGNAL = new AbortController().signal;
const USER = { username: 'AKIAVALIDVALIDVALID1', secret: 'a-valid-secret-access-key' } as const;

let fake: FakeEcr;
beforeEach(() => {
  fake = startFakeEcr({ isPublic: true });
  fake.users.set('valid', { ...USER, rights: ALL_RIGHTS });
  // The alias "harbour" is ours, and both have a repository of the same name.
  for (const name of ['harbour/app', 'others/app']) fake.repositories.set(name, new FakeRepository(name));
  fake.repositories.get('harbour/app')?.push({ tags: ['ours'] });
  fake.repositories.get('others/app')?.push({ tags: ['theirs'] });
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function opened(credentials: { username: string; secret: string } = USER): Account {
  const provider = ecrPublicProvider({ api: fake.url, sts: fake.url, registry: fake.url });
  const target = { url: parseRegistryUrl('public.ecr.aws'), form: 'access-key', ...credentials, fields: {} };
  expect(ecrPublic.problemsOf(target)).toEqual([]);
  return provider.open(target, { http: plainUpstream(), now: fake.clock.now });
}

async function tagsOf(account: Account, repository: string): Promise<readonly string[]> {
  return (await account.tags(repository, { limit: 10 }, SIGNAL)).items.map(({ name }) => name);
}

describe('Amazon ECR Public', () => {
  it('tells our repositories from those of others that have the same name', async () => {
    const account = opened();
    expect(await tagsOf(account, 'harbour/app')).toEqual(['ours']);
    expect(await tagsOf(account, 'others/app')).toEqual(['theirs']);
  });

  it('never deletes of ours what has the name of somebody else’s', async () => {
    const targets = [{ kind: 'tag', tag: 'ours' }] as const;
    const error = await errorOf(collected(opened().delete('others/app', targets, SIGNAL)));
    expect(error.diagnosis).toBe('unsupported');
    expect(fake.repositories.get('harbour/app')?.tags.has('ours')).toBe(true);
  });

  it('lists ours, with their alias', async () => {
    const { items } = await opened().repositories({ limit: 10 }, SIGNAL);
    expect(items.map(({ name }) => name)).toEqual(['harbour/app']);
  });

  it('is read without credentials', async () => {
    expect(await tagsOf(opened({ username: '', secret: '' }), 'others/app')).toEqual(['theirs']);
  });
});
