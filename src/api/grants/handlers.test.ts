import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import type { Identity } from '../../auth/identity.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

async function identify(authorization: string | null): Promise<Identity> {
  return installation.auth.authenticator.identify(authorization, { source: '192.0.2.1' });
}

const PASSWORD = 'a long enough password';
const ADA = basicAuthorization('ada', PASSWORD);

describe('a grant', () => {
  it('to everybody lets anybody pull', async () => {
    const grant = { to: { kind: 'everybody' }, pattern: 'public/**', actions: ['pull'] };
    expect((await identify(null)).allows('pull', 'public/app')).toBe(false);
    const { status, document } = await askAdmin(installation, 'POST', '/grants', grant);
    expect(status).toBe(201);
    expect(document['grant']).toMatchObject(grant);
    expect((await identify(null)).allows('pull', 'public/app')).toBe(true);
    expect((await identify(null)).allows('push', 'public/app')).toBe(false);
  });

  it('to a user holds at once, and ends at once', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: PASSWORD });
    expect((await identify(ADA)).allows('push', 'team/app')).toBe(false);
    const { document } = await askAdmin(installation, 'POST', '/grants', {
      to: { kind: 'user', name: 'ada' },
      pattern: 'team/*',
      actions: ['pull', 'push'],
    });
    expect((await identify(ADA)).allows('push', 'team/app')).toBe(true);
    const { id } = document['grant'] as { id: number };
    expect((await askAdmin(installation, 'DELETE', `/grants/${id}`)).status).toBe(200);
    expect((await identify(ADA)).allows('push', 'team/app')).toBe(false);
  });

  it('adds to the actions that were granted for the pattern before', async () => {
    const to = { kind: 'signed-in' };
    await askAdmin(installation, 'POST', '/grants', { to, pattern: '**', actions: ['pull'] });
    await askAdmin(installation, 'POST', '/grants', { to, pattern: '**', actions: ['push'] });
    const { document } = await askAdmin(installation, 'GET', '/grants');
    expect(document['grants']).toMatchObject([{ to, pattern: '**', actions: ['pull', 'push'] }]);
  });

  const refused = [
    ['to a user that does not exist', { kind: 'user', name: 'nobody' }, '**', ['pull'], 404, 'ACCOUNT_UNKNOWN'],
    ['to a token that does not exist', { kind: 'token', name: 'nothing' }, '**', ['pull'], 404, 'ACCOUNT_UNKNOWN'],
    ['of admin to everybody', { kind: 'everybody' }, '**', ['admin'], 400, 'ACCOUNT_INVALID'],
    ['for a wrong pattern', { kind: 'everybody' }, 'a//b', ['pull'], 400, 'PATTERN_INVALID'],
    ['of nothing', { kind: 'everybody' }, '**', [], 400, 'INPUT_INVALID'],
    ['to somebody of an unknown kind', { kind: 'group', name: 'x' }, '**', ['pull'], 400, 'INPUT_INVALID'],
  ] as const;
  for (const [what, to, pattern, actions, status, code] of refused) {
    it(`is refused ${what}`, async () => {
      const reply = await askAdmin(installation, 'POST', '/grants', { to, pattern, actions });
      expect(reply.status).toBe(status);
      expect(reply.document['type']).toBe(`/api/v1/problems/${code}`);
    });
  }
});

for (const id of ['7', 'x', '-1', '1e400']) {
  it(`removes no grant ${id}`, async () => {
    expect((await askAdmin(installation, 'DELETE', `/grants/${id}`)).status).toBeOneOf([400, 404]);
  });
}

it('finds a user of the htpasswd file by name alone', async () => {
  const folder = temporaryFolder('htpasswd');
  const htpasswdPath = join(folder, 'htpasswd');
  writeFileSync(htpasswdPath, `zoe:${Bun.password.hashSync('x', { algorithm: 'bcrypt', cost: 4 })}\n`);
  const other = await openInstallation({ htpasswdPath });
  try {
    const body = { to: { kind: 'user', name: 'zoe' }, pattern: '**', actions: ['admin'] };
    const { document } = await askAdmin(other, 'POST', '/grants', body);
    expect(document['grant']).toMatchObject({ to: { kind: 'htpasswd', name: 'zoe' } });
    const zoe = await other.auth.authenticator.identify(basicAuthorization('zoe', 'x'), { source: '192.0.2.1' });
    expect(zoe.isAdministrator).toBe(true);
  } finally {
    await other.close();
    removeFolder(folder);
  }
});
