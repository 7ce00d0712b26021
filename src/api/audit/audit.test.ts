import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { verifyLines } from '../../audit/verify-lines.ts';
import { localAdministrator } from '../../auth/identity.ts';
import { systemActor } from '../../metadata/actor.ts';
import { appendAudit } from '../../metadata/audit.ts';

let installation: Installation;
beforeEach(async () => {
  installation = await openInstallation();
});
afterEach(() => installation.close());

type Entry = Readonly<Record<string, unknown>>;

async function entries(query = ''): Promise<readonly Entry[]> {
  const { status, document } = await askAdmin(installation, 'GET', `/audit${query}`);
  expect(status).toBe(200);
  return document['entries'] as readonly Entry[];
}

async function append(count: number, action = 'test.done'): Promise<void> {
  const { database, clock } = installation;
  await database.transaction(async (tx) => {
    for (let n = 0; n < count; n += 1) {
      await appendAudit(tx, systemActor('admin'), { action, details: { n } }, clock.now);
    }
  });
}

async function linesOf(path: string, body?: string): Promise<readonly string[]> {
  const init = { method: body === undefined ? 'GET' : 'POST', headers: { 'Content-Type': 'application/json' } };
  const request = new Request(`http://localhost/api/v1/audit${path}`, {
    ...init,
    ...(body === undefined ? {} : { body }),
  });
  const response = await installation.api(request, localAdministrator());
  expect(response.status).toBe(200);
  return (await response.text()).split('\n').filter((line) => line !== '');
}

async function* each(lines: readonly string[]): AsyncGenerator<string, void> {
  yield* lines;
}

describe('what an administrator does', () => {
  it('is recorded with who did it, from where and with what, and never with a secret', async () => {
    const { auth, api } = installation;
    await auth.users.create({ name: 'ada', password: 'a long enough password', isAdministrator: true });
    const authorization = basicAuthorization('ada', 'a long enough password');
    const ada = await auth.authenticator.identify(authorization, { source: '192.0.2.1' });
    const request = new Request('http://localhost/api/v1/users', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'console/1' },
      body: '{"name":"bob","password":"another long password"}',
    });
    expect(
      (await api(request, ada, { source: '192.0.2.1', requestId: 'r-1', secure: false, host: 'localhost' })).status,
    ).toBe(201);
    const [entry] = await entries();
    expect(entry).toMatchObject({
      action: 'user.created',
      outcome: 'done',
      principal: { kind: 'user', name: 'ada' },
      source: '192.0.2.1',
      client: 'console/1',
      requestId: 'r-1',
      details: { user: 'bob', isAdministrator: false },
    });
    expect(JSON.stringify(await entries())).not.toContain('password"');
  });

  it('is recorded of users, tokens and grants, each with its own action', async () => {
    await askAdmin(installation, 'POST', '/users', { name: 'ada' });
    await askAdmin(installation, 'PUT', '/users/ada/password', {});
    const { document } = await askAdmin(installation, 'POST', '/tokens', { name: 'ci', expiresAt: null });
    const to = { kind: 'token', name: 'ci' };
    await askAdmin(installation, 'POST', '/grants', { to, pattern: 'team/**', actions: ['pull'] });
    await askAdmin(installation, 'DELETE', '/grants/1');
    await askAdmin(installation, 'DELETE', '/tokens/ci');
    await askAdmin(installation, 'DELETE', '/users/ada');
    const found = await entries();
    expect(found.map(({ action }) => action).toReversed()).toEqual([
      'user.created',
      'user.password-changed',
      'token.created',
      'grant.added',
      'grant.removed',
      'token.revoked',
      'user.deleted',
    ]);
    expect(document['secret']).toBeString();
    expect(JSON.stringify(found)).not.toContain(String(document['secret']));
  });

  it('leaves nothing when it is not done', async () => {
    expect((await askAdmin(installation, 'DELETE', '/users/nobody')).status).toBe(404);
    expect(await entries()).toEqual([]);
  });

  it('is recorded at its beginning and its end when it takes long', async () => {
    const request = new Request('http://localhost/api/v1/verification', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"full":true}',
    });
    await (await installation.api(request, localAdministrator())).text();
    expect((await entries()).map(({ action, outcome, details }) => [action, outcome, details])).toEqual([
      ['verification.ended', 'done', expect.objectContaining({ full: true, findings: 0 })],
      ['verification.started', 'done', { full: true, repair: false }],
    ]);
  });
});

it('what somebody is not allowed to do is recorded, once and with a count', async () => {
  const { auth, api, refusals } = installation;
  await auth.users.create({ name: 'eve', password: 'a long enough password' });
  const eve = await auth.authenticator.identify(basicAuthorization('eve', 'a long enough password'), {
    source: '192.0.2.9',
  });
  for (let i = 0; i < 1000; i += 1) {
    const init = { method: 'DELETE', headers: { 'Content-Type': 'application/json' } };
    const request = new Request('http://localhost/api/v1/users/ada', init);
    expect(
      (await api(request, eve, { source: '192.0.2.9', requestId: `r-${i}`, secure: false, host: 'localhost' })).status,
    ).toBe(403);
  }
  await api(new Request('http://localhost/api/v1/users'), eve);
  await refusals.flush();
  const refused = await entries('?outcome=refused');
  expect(refused.map(({ action, principal, details }) => [action, principal, details])).toEqual([
    ['api.refused', expect.objectContaining({ name: 'eve' }), expect.objectContaining({ times: 999 })],
    ['api.refused', expect.objectContaining({ name: 'eve' }), expect.objectContaining({ path: '/api/v1/users/ada' })],
  ]);
});

describe('the list', () => {
  it('comes newest first, page by page, each row once', async () => {
    await append(25);
    const seen: unknown[] = [];
    let after = '';
    do {
      const { document } = await askAdmin(installation, 'GET', `/audit?limit=10${after}`);
      seen.push(...(document['entries'] as Entry[]).map(({ details }) => (details as { n: number }).n));
      after = document['next'] === null ? '' : `&after=${document['next'] as string}`;
    } while (after !== '');
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i));
  });

  it('shows what was asked for', async () => {
    await append(2, 'tag.moved');
    installation.clock.now = new Date('2026-11-21T10:00:00Z');
    await append(3, 'tag.created');
    await append(1, 'user.created');
    expect(await entries('?action=tag.*')).toHaveLength(5);
    expect(await entries('?action=tag.moved')).toHaveLength(2);
    expect(await entries('?since=2026-11-21T00:00:00Z&action=tag.*')).toHaveLength(3);
    expect(await entries('?until=2026-11-21T00:00:00Z')).toHaveLength(2);
    expect(await entries('?principal=havre')).toHaveLength(6);
    expect(await entries('?principal=somebody')).toEqual([]);
    expect((await askAdmin(installation, 'GET', '/audit?action=nonsense')).status).toBe(400);
  });
});

describe('the export', () => {
  it('is what was sealed, provable by its own bytes', async () => {
    await append(1200);
    const lines = await linesOf('/export');
    expect(lines).toHaveLength(1200);
    expect(await verifyLines(each(lines))).toMatchObject({ rows: 1200, totalFindings: 0 });
    const changed = lines.map((line, index) => (index === 600 ? line.replace('havre', 'eve') : line));
    expect(await verifyLines(each(changed))).toMatchObject({ findings: [{ kind: 'changed', sequence: 601 }] });
  });

  it('of a time begins and ends there', async () => {
    await append(5);
    installation.clock.now = new Date('2026-11-21T10:00:00Z');
    await append(3);
    expect(await linesOf('/export?since=2026-11-21T00:00:00Z')).toHaveLength(3);
    expect(await linesOf('/export?until=2026-11-21T00:00:00Z')).toHaveLength(5);
    expect(await linesOf('/export?since=2027-01-01T00:00:00Z')).toEqual([]);
  });
});

it('verification tells the head, and compares with one that was kept', async () => {
  await append(3);
  const report = JSON.parse((await linesOf('/verify', '{}')).at(-1) ?? '').report;
  expect(report).toMatchObject({ isIntact: true, rows: 3, head: { sequence: 3 }, findings: [] });
  const kept = { sequence: 9, hash: report.head.hash };
  const other = JSON.parse((await linesOf('/verify', JSON.stringify({ head: kept }))).at(-1) ?? '').report;
  expect(other).toMatchObject({ isIntact: false, findings: [{ kind: 'truncated', sequence: 9 }] });
});
