import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import { startFakeQuay } from '../../../test/fakes/quay.ts';
import type { DeletionTarget } from '../account.ts';
import { collected } from '../contract/questions.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { quay } from './provider.ts';

const { signal } = new AbortController();
let fake: Fake;
let repository: FakeRepository;

beforeEach(() => {
  fake = startFakeQuay();
  fake.users.set('token', { username: '$oauthtoken', secret: 'secret of an application', rights: ALL_RIGHTS });
  repository = new FakeRepository('acme/app');
  fake.repositories.set(repository.name, repository);
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function open() {
  const target = {
    url: parseRegistryUrl(`${fake.url}/acme`),
    form: 'oauth-token',
    username: '',
    secret: 'secret of an application',
    fields: {},
  };
  return quay.open(target, { http: plainUpstream(), now: fake.clock.now });
}

describe('Quay', () => {
  it('is known by its host alone', () => {
    expect(quay.recognises(parseRegistryUrl('quay.io/acme'))).toBe(true);
    expect(quay.recognises(parseRegistryUrl('quay.io.example.org'))).toBe(false);
  });

  it('says what was filled in wrongly before anybody is asked', () => {
    const problems = (form: string, username: string, url = 'quay.io/acme') =>
      quay
        .problemsOf({ url: parseRegistryUrl(url), form, username, secret: 'x', fields: {} })
        .map(({ field }) => field);
    expect(problems('robot', 'acme+ci')).toEqual([]);
    expect(problems('robot', 'ci')).toEqual(['username']);
    expect(problems('oauth-token', '')).toEqual([]);
    expect(problems('oauth-token', '', 'quay.io')).toEqual(['url']);
  });

  it('logs Docker in by the name that stands for a token', async () => {
    expect(await open().login(signal)).toEqual({ username: '$oauthtoken', password: 'secret of an application' });
  });

  it('searches for tags where they are', async () => {
    repository.push({ tags: ['v1', 'v2', 'latest'] });
    const { items } = await open().tags('acme/app', { limit: 10, search: 'v' }, signal);
    expect(items.map(({ name }) => name)).toEqual(['v1', 'v2']);
  });

  it('deletes an image by all its tags, but none that names something else by now', async () => {
    const gone = repository.push({ tags: ['v1', 'v2'] });
    const before = repository.push({ tags: ['v3'] });
    repository.push({ tags: ['v3'] });
    const targets: DeletionTarget[] = [
      { kind: 'manifest', digest: gone, tags: ['v1', 'v2'], isIndex: false },
      { kind: 'tag', tag: 'v3', digest: before },
      { kind: 'manifest', digest: before, tags: [], isIndex: false },
    ];
    const outcomes = await collected(open().delete('acme/app', targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['deleted', 'refused', 'refused']);
    expect([...repository.tags.keys()]).toEqual(['v3']);
  });
});
