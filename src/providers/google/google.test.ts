import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import {
  emailOf,
  type FakeGoogle,
  GOOGLE_PROJECT,
  GOOGLE_TOKEN_SECONDS,
  googleError,
  serviceAccountKey,
  startFakeGoogle,
} from '../../../test/fakes/google.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account, DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import type { ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { googleHostOf, googlePlaceOf } from './google-place.ts';
import { google, googleProvider } from './provider.ts';

const SIGNAL = new AbortController().signal;
const NAME = `${GOOGLE_PROJECT}/images/team/app`;
const KEY = serviceAccountKey('valid');
const TARGET: ProviderTarget = {
  url: parseRegistryUrl(`europe-west1-docker.pkg.dev/${GOOGLE_PROJECT}`),
  form: 'service-account',
  username: '_json_key',
  secret: KEY,
  fields: {},
};

let fake: FakeGoogle;
let waits: number[];
beforeEach(() => {
  fake = startFakeGoogle();
  waits = [];
  fake.users.set('valid', { username: emailOf('valid'), secret: KEY, rights: ALL_RIGHTS });
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function opened(changed: Partial<ProviderTarget> = {}, now = fake.clock.now): Account {
  const wait = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
  const provider = googleProvider({ api: fake.url, tokenUrl: `${fake.url}/token`, wait });
  return provider.open({ ...TARGET, ...changed }, { http: plainUpstream(), now });
}

function seeded(name = NAME): FakeRepository {
  const repository = new FakeRepository(name);
  fake.repositories.set(name, repository);
  return repository;
}

describe('the name of a registry of Google', () => {
  const hosts = [
    ['europe-west1-docker.pkg.dev', 'europe-west1'],
    ['us-docker.pkg.dev/project/images', 'us'],
    ['northamerica-northeast1-docker.pkg.dev', 'northamerica-northeast1'],
    ['gcr.io/project', 'us'],
    ['eu.gcr.io/project', 'europe'],
    ['asia.gcr.io', 'asia'],
    ['us-docker.pkg.dev.example.org', undefined],
    ['k8s.gcr.io.example.org', undefined],
    ['us-npm.pkg.dev', undefined],
    ['ghcr.io', undefined],
  ] as const;
  for (const [name, location] of hosts) {
    it(`says where it is: ${name}`, () => {
      expect(googleHostOf(parseRegistryUrl(name))?.location).toBe(location);
    });
  }

  const PKG = { location: 'us', legacyRepository: undefined };
  const GCR = { location: 'europe', legacyRepository: 'eu.gcr.io' };
  const names = [
    ['project/images/team/app', PKG, { project: 'project', repository: 'images', image: 'team/app' }],
    ['example.com/project/images/app', PKG, { project: 'example.com:project', repository: 'images', image: 'app' }],
    ['project/team/app', GCR, { project: 'project', repository: 'eu.gcr.io', image: 'team/app' }],
    ['project', PKG, { project: 'project', repository: undefined, image: undefined }],
    ['', PKG, undefined],
  ] as const;
  for (const [name, host, place] of names) {
    it(`is read as the API has it: "${name}" at ${host.legacyRepository ?? 'pkg.dev'}`, () => {
      expect(googlePlaceOf(name, host)).toEqual(place);
    });
  }
});

describe('what is filled in for Google', () => {
  const problems = (changed: Partial<ProviderTarget>): readonly string[] =>
    google.problemsOf({ ...TARGET, ...changed }).map(({ field }) => field);

  it('is the key of a service account, as it is or in base64', () => {
    expect(problems({})).toEqual([]);
    expect(problems({ secret: Buffer.from(KEY).toString('base64') })).toEqual([]);
  });

  it('is no other file, and no key that sends its proofs elsewhere', () => {
    expect(problems({ secret: 'something' })).toEqual(['secret']);
    expect(problems({ secret: JSON.stringify({ type: 'external_account' }) })).toEqual(['secret']);
    const elsewhere = { ...(JSON.parse(KEY) as object), token_uri: 'https://oauth2.googleapis.com.example.org/token' };
    expect(problems({ secret: JSON.stringify(elsewhere) })).toEqual(['secret']);
  });

  it('says which project it is, somewhere', () => {
    const url = parseRegistryUrl('europe-west1-docker.pkg.dev');
    expect(problems({ url })).toEqual([]);
    expect(problems({ url, form: 'access-token', secret: 'ya29.token' })).toEqual(['project']);
    expect(problems({ url, form: 'access-token', secret: 'ya29.token', fields: { project: 'harbour-1' } })).toEqual([]);
  });
});

describe('a login at Google', () => {
  it('is an access token of one hour, renewed at half of it', async () => {
    const account = opened();
    const login = await account.login(SIGNAL);
    expect(login.username).toBe('oauth2accesstoken');
    expect(login.expiresAt).toEqual(new Date(fake.clock.now() + GOOGLE_TOKEN_SECONDS * 1000));
    fake.clock.advance(GOOGLE_TOKEN_SECONDS / 2);
    expect((await account.login(SIGNAL)).password).not.toBe(login.password);
  });

  it('is the access token that was given', async () => {
    seeded();
    const user = { username: emailOf('valid'), secret: KEY, rights: ALL_RIGHTS };
    const secret = fake.tokens.issue(user, GOOGLE_TOKEN_SECONDS, 'ya29.given');
    const account = opened({ form: 'access-token', username: 'oauth2accesstoken', secret });
    expect((await account.check({}, SIGNAL)).abilities.push).toBe('yes');
    expect((await account.login(SIGNAL)).password).toBe('ya29.given');
    fake.clock.advance(GOOGLE_TOKEN_SECONDS);
    const error = await errorOf(account.check({}, SIGNAL));
    expect(error.diagnosis).toBe('wrong-credentials');
    expect(error.message).toContain('an hour');
  });
});

describe('what is wrong at Google', () => {
  it('is the clock of this machine', async () => {
    const error = await errorOf(opened({}, () => fake.clock.now() + 900_000).check({}, SIGNAL));
    expect(error.diagnosis).toBe('clock-skew');
    expect(error.message).toContain('15 minutes ahead');
  });

  it('is an account that is gone', async () => {
    fake.users.clear();
    const error = await errorOf(opened().check({}, SIGNAL));
    expect(error.diagnosis).toBe('wrong-credentials');
    expect(error.message).toContain('does not exist any more');
  });

  it('is an API that is switched off, and how to switch it on', async () => {
    fake.interrupt({
      matches: ({ path }) => path !== '/token',
      reply: () => googleError(403, 'PERMISSION_DENIED', 'It is disabled.', [{ reason: 'SERVICE_DISABLED' }]),
    });
    const error = await errorOf(opened().check({}, SIGNAL));
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('gcloud services enable');
  });

  it('is what it does not grant when it is asked', async () => {
    seeded();
    fake.users.set('valid', { username: emailOf('valid'), secret: KEY, rights: new Set(['list', 'pull']) });
    const report = await opened().check({}, SIGNAL);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(report.account).toBe(emailOf('valid'));
  });
});

describe('listing at Google', () => {
  it('has all tags of an image that has more of them than a version tells', async () => {
    const tags = Array.from({ length: 130 }, (_, number) => `v${number}`);
    seeded().push({ tags });
    const [image] = await collected(opened().images(NAME, SIGNAL));
    expect(image?.tags.toSorted()).toEqual(tags.toSorted());
  });

  it('goes through all repositories of the project', async () => {
    for (const name of ['one/app', 'one/other', 'two/app']) seeded(`${GOOGLE_PROJECT}/${name}`);
    const first = await opened().repositories({ limit: 2 }, SIGNAL);
    const second = await opened().repositories({ limit: 2, after: first.next ?? '' }, SIGNAL);
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual([
      `${GOOGLE_PROJECT}/one/app`,
      `${GOOGLE_PROJECT}/one/other`,
      `${GOOGLE_PROJECT}/two/app`,
    ]);
    expect(second.next).toBeUndefined();
  });
});

describe('deleting at Google', () => {
  const manifest = (digest: string, tags: readonly string[] = []): DeletionTarget => ({
    kind: 'manifest',
    digest,
    tags,
    isIndex: false,
  });

  it('leaves what somebody has tagged in the meantime, and says so', async () => {
    const repository = seeded();
    const kept = repository.push({ tags: ['v1', 'since-then'] });
    const free = repository.push({ tags: ['v2'] });
    const outcomes = await collected(opened().delete(NAME, [manifest(kept, ['v1']), manifest(free, ['v2'])], SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'deleted']);
    expect(outcomes[0]?.reason).toContain('tagged');
    expect([...repository.tags.keys()]).toEqual(['since-then']);
  });

  it('takes many versions at once, and waits for Google to be done', async () => {
    const repository = seeded();
    fake.operationLooks = 3;
    const targets = Array.from({ length: 120 }, () => manifest(repository.push()));
    const outcomes = await collected(opened().delete(NAME, targets, SIGNAL));
    expect(outcomes.every(({ result }) => result === 'deleted')).toBe(true);
    expect(fake.requests.filter(({ path }) => path.endsWith(':batchDelete')).length).toBe(3);
    expect(waits.length).toBe(12);
  });

  it('says that Google goes on by itself where it takes too long', async () => {
    const repository = seeded();
    fake.operationLooks = 1_000_000;
    const outcomes = await collected(opened().delete(NAME, [manifest(repository.push())], SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['accepted']);
  });

  it('is refused where tags are immutable, which is known before', async () => {
    const repository = seeded();
    const digest = repository.push({ tags: ['v1'] });
    fake.immutable.add(`${GOOGLE_PROJECT}/images`);
    const account = opened();
    const [image] = await collected(account.images(NAME, SIGNAL));
    expect(image?.lockedBecause).toContain('immutable');
    const outcomes = await collected(account.delete(NAME, [manifest(digest, ['v1'])], SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused']);
    expect(repository.find('v1')?.digest).toBe(digest);
  });

  it('refuses names that would be another place in its API', async () => {
    seeded().push({ tags: ['v1'] });
    const account = opened();
    const outcomes = await collected(account.delete(NAME, [{ kind: 'tag', tag: '..' }], SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused']);
    const error = await errorOf(account.tags(`${GOOGLE_PROJECT}/../images`, { limit: 10 }, SIGNAL));
    expect(error.diagnosis).toBe('not-found');
    expect(fake.requests).toEqual([]);
  });
});
