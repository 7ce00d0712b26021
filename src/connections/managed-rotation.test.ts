import { afterEach, beforeEach, expect, it } from 'bun:test';
import { ACR_HOST, ACR_TENANT, type FakeAcr, startFakeAcr } from '../../test/fakes/acr.ts';
import { ALL_RIGHTS } from '../../test/fakes/fake.ts';
import { FakeRepository } from '../../test/fakes/fake-repository.ts';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openTestConnections } from '../../test/support/connections.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import type { Database } from '../metadata/database.ts';
import { acrProvider } from '../providers/acr/provider.ts';
import { errorOf } from '../providers/contract/questions.ts';
import type { Connections } from './connections.ts';

/** Secrets of one connection that another one makes. */

const { signal } = new AbortController();
let fake: FakeAcr;
let folder: string;
let db: Database;
let connections: Connections;

beforeEach(async () => {
  fake = startFakeAcr();
  fake.users.set('manager', { username: 'application', secret: 'client-secret', rights: ALL_RIGHTS });
  fake.users.set('puller', { username: 'puller', secret: 'given-by-hand', rights: new Set(['pull']) });
  fake.management.passwords.set('puller', new Set(['password1']));
  fake.repositories.set('team/app', new FakeRepository('team/app'));
  folder = temporaryFolder('connections');
  db = await openTestDatabase(folder);
  const providers = [acrProvider({ origin: fake.url, authority: fake.url, management: fake.url })];
  connections = openTestConnections({ db, folder, providers, now: () => new Date(fake.clock.now()) });
  const principal = { form: 'service-principal', username: 'application', secret: 'client-secret' };
  await connections.add(
    'dock',
    { name: 'azure', url: ACR_HOST, ...principal, fields: { tenant: ACR_TENANT } },
    SOMEBODY,
  );
});

afterEach(async () => {
  await db.close();
  removeFolder(folder);
  await fake[Symbol.asyncDispose]();
});

async function addToken(project: string): Promise<string> {
  const fields = { manager: 'azure', subscription: '11111111-2222-3333-4444-555555555555', resourceGroup: 'docks' };
  const token = { form: 'scope-map-token', username: 'puller', secret: 'given-by-hand', isAutomatic: true };
  return (
    await connections.add(
      project,
      { name: 'token', url: ACR_HOST, ...token, fields, testRepository: 'team/app' },
      SOMEBODY,
    )
  ).id;
}

async function password(id: string): Promise<string> {
  return (await connections.login(id, SOMEBODY, 'test', signal)).password;
}

it('the passwords of a token are made in turn, by the service principal of another connection of the project', async () => {
  const id = await addToken('dock');
  await connections.mintSecret(id, SOMEBODY, signal);
  const first = await password(id);
  expect(first).toStartWith('password2-made');
  // Both go on until the old one is forgotten; it was given by hand, and nobody knows which one it is.
  await connections.confirmSecret(id, SOMEBODY, signal);
  await connections.mintSecret(id, SOMEBODY, signal);
  expect(await password(id)).toStartWith('password1-made');
  expect([...fake.users.values()].map(({ secret }) => secret)).toContain(first);
  await connections.confirmSecret(id, SOMEBODY, signal);
  expect([...fake.users.values()].map(({ secret }) => secret)).not.toContain(first);
  expect(await connections.get(id)).toMatchObject({
    username: 'puller',
    credential: { rotation: 'none', expiresAt: new Date(fake.clock.now() + 90 * 86_400_000) },
  });
});

it('a connection of another project does not lend its service principal', async () => {
  const id = await addToken('quay');
  const asked = fake.requests.length;
  const error = await errorOf(connections.mintSecret(id, SOMEBODY, signal));
  expect(error.message).toContain('has no connection to an Azure registry that is called “azure”');
  expect(fake.requests).toHaveLength(asked);
  expect(await password(id)).toBe('given-by-hand');
});
