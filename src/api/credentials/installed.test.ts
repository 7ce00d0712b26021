import { afterEach, beforeEach, expect, it } from 'bun:test';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import type { Identity } from '../../auth/identity.ts';
import { listUnsealed } from '../../metadata/audit-rows.ts';

const PASSWORD = 'a long enough password';
const SECRET = 'canary-of-the-secret';

let installation: Installation;
let fake: Fake;

beforeEach(async () => {
  installation = await openInstallation();
  fake = startFakeGeneric();
  fake.users.set('bob', { username: 'bob', secret: SECRET, rights: ALL_RIGHTS });
});
afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
});

async function add(project: string, name: string, url: string): Promise<string> {
  const input = { project, name, url, username: 'bob', secret: SECRET };
  const { document } = await askAdmin(installation, 'POST', '/registries', input);
  return (document['registry'] as { id: string }).id;
}

async function userOf(project: string): Promise<Identity> {
  await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
  const grant = { to: { kind: 'user', name: 'ada' }, pattern: project, actions: ['registries:use'] };
  await askAdmin(installation, 'POST', '/grants', grant);
  return await installation.auth.authenticator.identify(basicAuthorization('ada', PASSWORD), { source: '192.0.2.1' });
}

async function askAs(identity: Identity, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  return await installation.api(new Request(`http://localhost/api/v1${path}`, init), identity);
}

it('hands out what was stored, to whoever may use it, and records who and what for', async () => {
  const id = await add('pn-1', 'one', fake.url);
  const other = await add('pn-2', 'two', 'other.example.org');
  const ada = await userOf('pn-1');
  const handed = await askAs(ada, `/registries/${id}/credentials`, { purpose: 'deploy' });
  expect(handed.headers.get('cache-control')).toBe('no-store');
  expect(await handed.json()).toMatchObject({ username: 'bob', password: SECRET });
  expect((await askAs(ada, `/registries/${other}/credentials`, {})).status).toBe(404);
  const audit = JSON.stringify(await listUnsealed(installation.database, 1000));
  expect(audit).toContain('registry.login-handed-out');
  expect(audit).toContain('deploy');
  expect(audit).not.toContain(SECRET);
});

it('makes one configuration of hundreds of registries, and nothing of other projects', async () => {
  for (let at = 0; at < 205; at++) await add('pn-1', `r${at}`, `r${at}.example.org`);
  await add('pn-2', 'others', 'others.example.org');
  const made = await askAs(await userOf('pn-1'), '/docker-config', {});
  const { config } = (await made.json()) as { config: { auths: Record<string, unknown> } };
  expect(Object.keys(config.auths)).toHaveLength(205);
  expect(Object.keys(config.auths)).not.toContain('others.example.org');
});
