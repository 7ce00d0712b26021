import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import type { Identity } from '../../auth/identity.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

async function identityOf(secret: unknown): Promise<Identity> {
  return installation.auth.authenticator.identify(`Bearer ${String(secret)}`, { source: '192.0.2.1' });
}

async function isGood(secret: unknown): Promise<boolean> {
  try {
    await identityOf(secret);
    return true;
  } catch {
    return false;
  }
}

const ROBOT = { name: 'ci', scope: [{ pattern: 'team/**', actions: ['pull', 'push'] }], expiresAt: null };

describe('a token', () => {
  it('may do what its scope says, and nothing else', async () => {
    const { status, document } = await askAdmin(installation, 'POST', '/tokens', ROBOT);
    expect(status).toBe(201);
    const identity = await identityOf(document['secret']);
    expect(identity.allows('push', 'team/app')).toBe(true);
    expect(identity.allows('delete', 'team/app')).toBe(false);
    expect(identity.allows('pull', 'other/app')).toBe(false);
  });

  it('shows its secret only when it is created', async () => {
    const { document } = await askAdmin(installation, 'POST', '/tokens', ROBOT);
    const secret = String(document['secret']);
    expect(secret).toStartWith('havre_');
    const list = await askAdmin(installation, 'GET', '/tokens');
    expect(JSON.stringify(list.document)).not.toContain(secret);
    expect(list.document['tokens']).toEqual([
      {
        name: 'ci',
        user: null,
        scope: ROBOT.scope,
        state: 'active',
        createdAt: '2026-11-20T10:00:00.000Z',
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
      },
    ]);
  });

  it('ends when it expires', async () => {
    const expiresAt = '2026-11-21T10:00:00Z';
    const { document } = await askAdmin(installation, 'POST', '/tokens', { ...ROBOT, expiresAt });
    expect(await isGood(document['secret'])).toBe(true);
    installation.clock.now = new Date('2026-11-21T10:00:01Z');
    expect(await isGood(document['secret'])).toBe(false);
    const { document: list } = await askAdmin(installation, 'GET', '/tokens');
    expect(list['tokens']).toMatchObject([{ state: 'expired' }]);
  });

  it('ends at once when it is revoked, and its name is free', async () => {
    const { document } = await askAdmin(installation, 'POST', '/tokens', ROBOT);
    expect(await isGood(document['secret'])).toBe(true);
    expect((await askAdmin(installation, 'DELETE', '/tokens/ci')).status).toBe(200);
    expect(await isGood(document['secret'])).toBe(false);
    expect((await askAdmin(installation, 'POST', '/tokens', ROBOT)).status).toBe(201);
  });

  it('may act for a user', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada', isAdministrator: true });
    const { document } = await askAdmin(installation, 'POST', '/tokens', {
      name: 'laptop',
      user: 'ada',
      expiresAt: null,
    });
    expect((await identityOf(document['secret'])).isAdministrator).toBe(true);
    expect(document['token']).toMatchObject({ user: 'ada', scope: null });
  });

  const refused = [
    ['for nobody we know', { name: 'x', user: 'nobody', expiresAt: null }, 404, 'ACCOUNT_UNKNOWN'],
    ['that would end in the past', { ...ROBOT, expiresAt: '2026-11-19T10:00:00Z' }, 400, 'ACCOUNT_INVALID'],
    ['with a time that is none', { ...ROBOT, expiresAt: 'tomorrow' }, 400, 'INPUT_INVALID'],
    ['with an empty scope', { ...ROBOT, scope: [] }, 400, 'INPUT_INVALID'],
    ['with an unknown action', { ...ROBOT, scope: [{ pattern: '**', actions: ['read'] }] }, 400, 'INPUT_INVALID'],
    ['with a wrong pattern', { ...ROBOT, scope: [{ pattern: 'Team/**', actions: ['pull'] }] }, 400, 'PATTERN_INVALID'],
  ] as const;
  for (const [what, body, status, code] of refused) {
    it(`is not created ${what}`, async () => {
      const reply = await askAdmin(installation, 'POST', '/tokens', body);
      expect(reply.status).toBe(status);
      expect(reply.document['type']).toBe(`/api/v1/problems/${code}`);
    });
  }
});

it('names the field that is wrong', async () => {
  const body = { ...ROBOT, scope: [{ pattern: '**', actions: ['read'] }] };
  const { document } = await askAdmin(installation, 'POST', '/tokens', body);
  expect(document['errors']).toMatchObject([{ field: 'scope.0.actions.0' }]);
});
