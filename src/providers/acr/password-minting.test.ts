import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ACR_HOST, ACR_TENANT, type FakeAcr, startFakeAcr } from '../../../test/fakes/acr.ts';
import { ALL_RIGHTS } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account, Minting } from '../account.ts';
import { errorOf } from '../contract/questions.ts';
import type { ConnectedRegistry, ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { acr, acrProvider } from './provider.ts';

const { signal } = new AbortController();
const DAY = 86_400_000;
const URL_OF_IT = parseRegistryUrl(ACR_HOST);
const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
const FIELDS = { manager: 'azure', subscription: SUBSCRIPTION, resourceGroup: 'docks' };
const PRINCIPAL = { username: '6731de76-14a6-49ae-97bc-6eba6914391e', secret: 'client-secret-of-the-manager' };
const TOKEN = { username: 'puller', secret: 'given-by-hand' };

let fake: FakeAcr;
let waits: number[];

beforeEach(() => {
  fake = startFakeAcr();
  waits = [];
  fake.users.set('manager', { ...PRINCIPAL, rights: ALL_RIGHTS });
  fake.users.set('puller', { ...TOKEN, rights: new Set(['pull']) });
  fake.management.passwords.set('puller', new Set(['password1']));
  fake.repositories.set('team/app', new FakeRepository('team/app'));
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function manager(changed: Partial<ProviderTarget> = {}): ConnectedRegistry {
  const target = { url: URL_OF_IT, form: 'service-principal', ...PRINCIPAL, fields: { tenant: ACR_TENANT } };
  const tools = { http: plainUpstream(), now: () => fake.clock.now() };
  return { kind: 'acr', target: { ...target, ...changed }, tools };
}

interface Opened extends Partial<ProviderTarget> {
  readonly connected?: ConnectedRegistry;
}

function opened({ connected = manager(), ...changed }: Opened = {}): Account {
  const target = { url: URL_OF_IT, form: 'scope-map-token', ...TOKEN, fields: FIELDS, ...changed };
  expect(acr.problemsOf(target)).toEqual([]);
  const tools = {
    http: plainUpstream(),
    now: fake.clock.now,
    connected: async (name: string) => await Promise.resolve(name === 'azure' ? connected : undefined),
  };
  const wait = async (milliseconds: number): Promise<void> => void (await Promise.resolve(waits.push(milliseconds)));
  const provider = acrProvider({ origin: fake.url, authority: fake.url, management: fake.url, wait });
  return provider.open(target, tools);
}

function mintingOf(options: Opened = {}): Minting {
  const { minting } = opened(options);
  if (minting === undefined) throw new Error('it makes passwords');
  return minting;
}

async function works(secret: string): Promise<boolean> {
  const account = opened({ secret });
  return await account.check({ repository: 'team/app' }, signal).then(
    ({ abilities }) => abilities.pull === 'yes',
    () => false,
  );
}

describe('the passwords of a token of Azure', () => {
  it('are made in turn: the other one, for 90 days, while the one in use goes on', async () => {
    const minting = mintingOf();
    expect(minting.overlaps).toBe(true);
    const first = await minting.mint(signal);
    expect(first).toMatchObject({ username: 'puller', reference: 'password2' });
    expect(first.expiresAt).toEqual(new Date(fake.clock.now() + 90 * DAY));
    expect([await works(TOKEN.secret), await works(first.secret)]).toEqual([true, true]);
    const second = await minting.mint(signal, first.reference);
    expect(second.reference).toBe('password1');
    expect([await works(first.secret), await works(second.secret)]).toEqual([true, true]);
    const third = await minting.mint(signal, second.reference);
    expect(third.reference).toBe('password2');
    expect([await works(first.secret), await works(second.secret), await works(third.secret)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('are ended one by one', async () => {
    const minting = mintingOf();
    const first = await minting.mint(signal);
    const second = await minting.mint(signal, first.reference);
    await minting.revoke(first.reference ?? '', signal);
    expect([await works(first.secret), await works(second.secret)]).toEqual([false, true]);
    expect(fake.management.passwords.get('puller')).toEqual(new Set(['password1']));
    await minting.revoke(first.reference ?? '', signal);
    expect(await works(second.secret)).toBe(true);
  });

  it('are waited for where Azure takes its time', async () => {
    fake.management.looks = 3;
    const minted = await mintingOf().mint(signal);
    expect(await works(minted.secret)).toBe(true);
    expect(waits).toEqual([500, 1000, 2000]);
  });

  it('are waited for until the registry knows them, for a minute at most', async () => {
    fake.management.refusals = 4;
    const minted = await mintingOf().mint(signal);
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    expect(await works(minted.secret)).toBe(true);
    fake.management.refusals = 1000;
    waits.length = 0;
    expect((await mintingOf().mint(signal, 'password2')).reference).toBe('password1');
    expect(waits.reduce((sum, milliseconds) => sum + milliseconds)).toBe(71_500);
  });

  it('are not waited for at a place that is not of Azure’s API', async () => {
    const elsewhere = startFakeAcr();
    fake.interrupt({
      matches: ({ path }) => path.endsWith('/generateCredentials'),
      reply: () => new Response(null, { status: 202, headers: { Location: `${elsewhere.url}/operations/1` } }),
    });
    expect((await errorOf(mintingOf().mint(signal))).diagnosis).toBe('malformed');
    expect(elsewhere.requests).toEqual([]);
    await elsewhere[Symbol.asyncDispose]();
  });

  it('are not made while nobody knows which of two is in use, unless somebody says so', async () => {
    fake.management.passwords.set('puller', new Set(['password1', 'password2']));
    const error = await errorOf(mintingOf().mint(signal));
    expect([error.diagnosis, error.message]).toEqual([
      'unsupported',
      expect.stringContaining('password1 or password2'),
    ]);
    expect(fake.requests.filter(({ method, path }) => method === 'POST' && path.includes('generate'))).toEqual([]);
    const minted = await mintingOf({ fields: { ...FIELDS, password: 'password2' } }).mint(signal);
    expect(minted.reference).toBe('password1');
  });

  for (const [what, connected] of [
    ['a connection of another kind', { ...manager(), kind: 'generic' }],
    ['a service principal without its tenant', manager({ fields: {} })],
    ['another token', manager({ form: 'scope-map-token' })],
    ['a place that is not Azure', manager({ url: parseRegistryUrl('harbour.azurecr.io.example.org') })],
  ] as const) {
    it(`are not made by ${what}`, async () => {
      const error = await errorOf(mintingOf({ connected }).mint(signal));
      expect([error.diagnosis, error.message]).toEqual(['unsupported', expect.stringContaining('“azure”')]);
      expect(fake.requests).toEqual([]);
    });
  }

  it('are not made by a connection that is not there', async () => {
    const error = await errorOf(mintingOf({ fields: { ...FIELDS, manager: 'nobody' } }).mint(signal));
    expect(error.message).toContain('“nobody”');
  });

  it('are not made by who may not, and it is said without any secret', async () => {
    fake.users.set('manager', { ...PRINCIPAL, rights: new Set(['pull']) });
    const error = await errorOf(mintingOf().mint(signal));
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('It may not do that');
    fake.users.delete('manager');
    const refused = await errorOf(mintingOf().mint(signal));
    expect(refused.diagnosis).toBe('wrong-credentials');
    expect(`${error.message} ${refused.message}`).not.toContain(PRINCIPAL.secret);
  });

  it('are not made where it is not said who may', () => {
    expect(opened({ fields: {} }).minting).toBeUndefined();
    expect(opened({ secret: '', username: '' }).minting).toBeUndefined();
    const problems = (fields: Readonly<Record<string, string>>) =>
      acr.problemsOf({ url: URL_OF_IT, form: 'scope-map-token', ...TOKEN, fields }).map(({ field }) => field);
    expect(problems({ manager: 'azure' })).toEqual(['subscription', 'resourceGroup']);
    expect(problems({ ...FIELDS, subscription: '../..' })).toEqual(['subscription']);
    expect(problems({ ...FIELDS, resourceGroup: 'a/b' })).toEqual(['resourceGroup']);
    expect(problems({ ...FIELDS, password: 'password3' })).toEqual(['password']);
  });
});
