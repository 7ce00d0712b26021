import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type FakeRight } from '../../../test/fakes/fake.ts';
import { ACR_HOST, ACR_REFRESH_SECONDS, ACR_TENANT, type FakeAcr, startFakeAcr } from '../../../test/fakes/acr.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account, DeletionTarget } from '../account.ts';
import { collected, errorOf, everythingSaid } from '../contract/questions.ts';
import type { ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { authorityOf } from './acr-host.ts';
import { acr, acrProvider } from './provider.ts';

const SIGNAL = new AbortController().signal;
const USER = { username: '6731de76-14a6-49ae-97bc-6eba6914391e', secret: 'a-valid-client-secret' } as const;
const ENTRA = { fields: { tenant: ACR_TENANT } } as const;

let fake: FakeAcr;
beforeEach(() => {
  fake = startFakeAcr();
  allow(ALL_RIGHTS);
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function allow(rights: ReadonlySet<FakeRight>): void {
  fake.users.set('valid', { ...USER, rights });
}

function opened(changed: Partial<ProviderTarget> = {}): Account {
  const target = { url: parseRegistryUrl(ACR_HOST), form: 'service-principal', ...USER, fields: {}, ...changed };
  expect(acr.problemsOf(target)).toEqual([]);
  const tools = { http: plainUpstream(), now: fake.clock.now };
  return acrProvider({ origin: fake.url, authority: fake.url }).open(target, tools);
}

function seeded(name = 'team/app'): FakeRepository {
  const repository = new FakeRepository(name);
  fake.repositories.set(name, repository);
  return repository;
}

describe('the name of a registry of Azure', () => {
  const cases = [
    ['harbour.azurecr.io', 'https://login.microsoftonline.com'],
    ['harbour-a1b2c3d4e5f6a7b8.azurecr.io', 'https://login.microsoftonline.com'],
    ['Harbour.azurecr.io/team', 'https://login.microsoftonline.com'],
    ['harbour.azurecr.cn', 'https://login.partner.microsoftonline.cn'],
    ['harbour.azurecr.us', 'https://login.microsoftonline.us'],
    ['harbour.azurecr.io.example.org', undefined],
    ['azurecr.io', undefined],
    ['http://harbour.azurecr.io', undefined],
    ['harbour.azurecr.io:8443', undefined],
  ] as const;
  for (const [name, authority] of cases) {
    it(`is ${authority === undefined ? 'not ' : ''}${name}`, () => {
      expect(authorityOf(parseRegistryUrl(name))).toBe(authority);
    });
  }
});

describe('a login at Azure', () => {
  it('is a refresh token of three hours where the directory is known, never the secret', async () => {
    const account = opened(ENTRA);
    const login = await account.login(SIGNAL);
    expect(login.username).toBe('00000000-0000-0000-0000-000000000000');
    expect(login.password).not.toContain(USER.secret);
    expect(login.expiresAt).toEqual(new Date(fake.clock.now() + ACR_REFRESH_SECONDS * 1000));
    fake.clock.advance(ACR_REFRESH_SECONDS / 2 - 1);
    expect(await account.login(SIGNAL)).toEqual(login);
    fake.clock.advance(1);
    expect((await account.login(SIGNAL)).password).not.toBe(login.password);
  });

  it('is the name and the password of a token with a scope map', async () => {
    expect(await opened({ form: 'scope-map-token' }).login(SIGNAL)).toEqual({
      username: USER.username,
      password: USER.secret,
    });
  });

  it('is nothing where everybody may pull', async () => {
    const repository = seeded();
    repository.isPublic = true;
    repository.push({ tags: ['v1'] });
    const account = opened({ username: '', secret: '' });
    expect((await account.tags('team/app', { limit: 10 }, SIGNAL)).items.map(({ name }) => name)).toEqual(['v1']);
    expect((await errorOf(account.login(SIGNAL))).diagnosis).toBe('unsupported');
    const { abilities } = await account.check({ repository: 'team/app' }, SIGNAL);
    expect(abilities).toEqual({ list: 'no', pull: 'yes', push: 'no', delete: 'no' });
  });
});

describe('what is wrong at Azure', () => {
  const cases = [
    [7_000_215, 'wrong-credentials'],
    [7_000_222, 'token-expired'],
    [700_016, 'wrong-credentials'],
    [90_002, 'wrong-credentials'],
    [53_003, 'wrong-credentials'],
  ] as const;
  for (const [code, diagnosis] of cases) {
    it(`is ${diagnosis}, where Entra ID says ${code}`, async () => {
      fake.entraErrorCode = code;
      const error = await errorOf(opened(ENTRA).check({}, SIGNAL));
      expect(error.diagnosis).toBe(diagnosis);
      expect(everythingSaid(error)).not.toContain(USER.secret);
    });
  }

  it('is what the claims of its tokens do not grant', async () => {
    seeded();
    allow(new Set(['pull']));
    const report = await opened(ENTRA).check({ repository: 'team/app' }, SIGNAL);
    expect(report.abilities).toEqual({ list: 'no', pull: 'yes', push: 'no', delete: 'no' });
    const error = await errorOf(opened(ENTRA).check({}, SIGNAL));
    expect(error.diagnosis).toBe('forbidden');
  });

  it('is found out on the first repository where none is named', async () => {
    seeded();
    const report = await opened().check({}, SIGNAL);
    expect(report.abilities).toEqual({ list: 'yes', pull: 'yes', push: 'yes', delete: 'yes' });
    expect(report.account).toBe(USER.username);
  });

  it('passes: each wait that it asks for is shorter than the one before', async () => {
    seeded().push({ tags: ['v1'] });
    const waits: number[] = [];
    for (const seconds of [30, 10]) {
      fake.interrupt({
        reply: () => new Response(null, { status: 429, headers: { 'Retry-After': `${seconds}` } }),
      });
      const error = await errorOf(opened().tags('team/app', { limit: 10 }, SIGNAL));
      waits.push(((error.retryAt?.getTime() ?? 0) - fake.clock.now()) / 1000);
    }
    expect(waits).toEqual([30, 10]);
  });
});

describe('deleting at Azure', () => {
  it('tells what is locked, before and after it is tried', async () => {
    const repository = seeded();
    const locked = repository.push({ tags: ['v1'] });
    const free = repository.push({ tags: ['v2'] });
    fake.locked.add('team/app:v1').add(`team/app@${locked}`);
    const account = opened();
    const images = await collected(account.images('team/app', SIGNAL));
    expect(images.filter(({ lockedBecause }) => lockedBecause !== undefined).map(({ digest }) => digest)).toEqual([
      locked,
    ]);
    const { items } = await account.tags('team/app', { limit: 10 }, SIGNAL);
    expect(items.map(({ isImmutable }) => isImmutable)).toEqual([true, undefined]);
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: 'v1' },
      { kind: 'manifest', digest: locked, tags: ['v1'], isIndex: false },
      { kind: 'manifest', digest: free, tags: ['v2'], isIndex: false },
    ];
    const outcomes = await collected(account.delete('team/app', targets, SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused', 'deleted']);
    expect(outcomes[0]?.reason).toContain('locked');
    expect([...repository.manifests.keys()]).toEqual([locked]);
  });

  it('refuses names that would be another place in its API', async () => {
    const repository = seeded();
    repository.push({ tags: ['v1'] });
    const account = opened();
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: '..' },
      { kind: 'manifest', digest: '../../other/manifests/v1', tags: [], isIndex: false },
    ];
    const outcomes = await collected(account.delete('team/app', targets, SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
    expect((await errorOf(collected(account.delete('team/..', targets, SIGNAL)))).diagnosis).toBe('not-found');
    expect(fake.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });
});
