import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { startFakeEcr, type FakeEcr } from '../../test/fakes/ecr.ts';
import { ALL_RIGHTS } from '../../test/fakes/fake.ts';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openTestConnections } from '../../test/support/connections.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { plainUpstream } from '../../test/fakes/plain-upstream.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import type { Database } from '../metadata/database.ts';
import { ecrProvider } from '../providers/ecr/provider.ts';
import { ConnectionInvalidError, RotationError } from './connection-errors.ts';
import type { Connections } from './connections.ts';

const MACHINE = { username: 'AKIAIOSFODNN7MACHINE', secret: 'what-the-machine-may' };
const ECR = { name: 'ecr', url: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', form: 'ambient' };
const KEY = { ...ECR, form: 'access-key', username: 'AKIAIOSFODNN7EXAMPLE', secret: 'of-somebody' };
const { signal } = new AbortController();

let fake: FakeEcr;
let db: Database;
let folder: string;
let connections: Connections;
/** As `registries.ambientAws` has them. */
let allowed: Set<string>;

beforeEach(async () => {
  fake = startFakeEcr();
  fake.users.set('machine', { ...MACHINE, rights: ALL_RIGHTS });
  folder = temporaryFolder('ambient');
  db = await openTestDatabase(folder);
  allowed = new Set(['platform']);
  const environment = { AWS_ACCESS_KEY_ID: MACHINE.username, AWS_SECRET_ACCESS_KEY: MACHINE.secret };
  const ambient = { environment, http: plainUpstream() };
  connections = openTestConnections({
    db,
    folder,
    now: () => new Date(fake.clock.now()),
    providers: [ecrProvider({ api: fake.url, sts: fake.url, ambient })],
    isAmbientAllowed: (project) => allowed.has(project),
  });
});
afterEach(async () => {
  await db.close();
  await fake[Symbol.asyncDispose]();
  removeFolder(folder);
});

async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectionInvalidError);
  return error instanceof ConnectionInvalidError ? error.problems.map(({ field }) => field) : [];
}

describe('the identity of the machine', () => {
  it('logs in without keys, in a project that may use it', async () => {
    const { id, ...added } = await connections.add('platform', ECR, SOMEBODY);
    expect(added).toMatchObject({ username: 'AWS', hasSecret: false, logsIn: true });
    expect((await connections.test(id, SOMEBODY, signal)).problem).toBeUndefined();
    expect((await connections.get(id)).health.state).toBe('valid');
    expect((await connections.login(id, SOMEBODY, 'docker-config', signal)).username).toBe('AWS');
    expect((await connections.tryOut('platform', ECR, SOMEBODY, signal)).problem).toBeUndefined();
    const staged = connections.stageSecret(id, { secret: 'x' }, SOMEBODY, signal);
    expect(await staged.catch((error: unknown) => error)).toBeInstanceOf(RotationError);
    expect(await problemsOf(connections.change(id, { secret: 'x' }, SOMEBODY))).toEqual(['secret']);
  });

  it('cannot be borrowed by a project that may not, in whatever way its manager asks', async () => {
    const { id } = await connections.add('others', KEY, SOMEBODY);
    const asAmbient = { form: 'ambient', secret: '' };
    const role = { ...ECR, fields: { role: 'arn:aws:iam::123456789012:role/registry' } };
    for (const borrowing of [
      connections.add('others', { ...ECR, name: 'new' }, SOMEBODY),
      connections.add('others', { ...role, name: 'new' }, SOMEBODY),
      connections.add('platform.x', ECR, SOMEBODY),
      connections.checkNew('others', { ...ECR, name: 'new' }),
      connections.tryOut('others', ECR, SOMEBODY, signal),
      connections.change(id, asAmbient, SOMEBODY),
      connections.checkChange(id, asAmbient),
      connections.tryChange(id, asAmbient, SOMEBODY, signal),
    ]) {
      expect(await problemsOf(borrowing)).toEqual(['form']);
    }
    const keyless = connections.add('others', { ...KEY, name: 'new', secret: '' }, SOMEBODY);
    expect(await problemsOf(keyless)).toEqual(['secret']);
    expect(fake.requests).toEqual([]);
  });

  it('is lost to connections that are there when the operator takes it back', async () => {
    const { id } = await connections.add('platform', ECR, SOMEBODY);
    allowed.clear();
    expect((await connections.test(id, SOMEBODY, signal)).problem?.diagnosis).toBe('denied-here');
    const login = connections.login(id, SOMEBODY, 'docker-config', signal);
    expect(await login.catch((error: unknown) => error)).toMatchObject({ diagnosis: 'denied-here' });
    expect(fake.requests).toEqual([]);
  });
});
