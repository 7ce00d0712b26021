import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { openReceiver, type Receiver } from '../../../test/support/receiver.ts';
import { listUnsealed } from '../../metadata/audit-rows.ts';

let installation: Installation;
let receiver: Receiver;

beforeEach(async () => {
  installation = await openInstallation();
  receiver = openReceiver();
});

afterEach(async () => {
  receiver[Symbol.dispose]();
  await installation.close();
});

const ask = (method: string, path: string, body?: unknown) => askAdmin(installation, method, path, body);

describe('a webhook', () => {
  it('is made, and told of without its secret', async () => {
    const { status, document } = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    expect(status).toBe(201);
    expect(document['secret']).toStartWith('whsec_');
    const { document: shown } = await ask('GET', '/webhooks/ci');
    expect(shown['webhook']).toEqual({
      name: 'ci',
      url: receiver.url,
      format: 'cloudevents',
      events: [],
      repositories: [],
      ignoredMediaTypes: [],
      headers: [],
      handshake: false,
      isSigned: true,
      isEnabled: true,
      disabledReason: null,
      failingSince: null,
      resumeAt: null,
      createdAt: '2026-11-20T10:00:00.000Z',
    });
  });

  it('keeps its secrets encrypted', async () => {
    const headers = { Authorization: 'Bearer topsecret' };
    const { document } = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, headers });
    const rows = await installation.database.build((db) => db.selectFrom('webhooks').selectAll());
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain('topsecret');
    expect(stored).not.toContain(String(document['secret']).slice('whsec_'.length));
  });

  it('is listed in pages', async () => {
    for (const name of ['c', 'a', 'b']) await ask('POST', '/webhooks', { name, url: receiver.url });
    const { document: first } = await ask('GET', '/webhooks?limit=2');
    expect(first).toMatchObject({ webhooks: [{ name: 'a' }, { name: 'b' }], next: 'b' });
    const { document: second } = await ask('GET', '/webhooks?limit=2&after=b');
    expect(second).toMatchObject({ webhooks: [{ name: 'c' }], next: null });
  });

  it('is changed where somebody says so, and keeps the rest, its headers too', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, headers: { 'X-Key': 'k' }, secret: false });
    await ask('PUT', '/webhooks/ci', { events: ['push'] });
    const { document } = await ask('GET', '/webhooks/ci');
    expect(document['webhook']).toMatchObject({ events: ['push'], headers: ['X-Key'], isSigned: false });
    await ask('POST', '/webhooks/ci/ping', {});
    expect(receiver.received[0]?.headers.get('x-key')).toBe('k');
  });

  it('is tried, whether it is enabled or not, and that is in its log', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, format: 'distribution' });
    await ask('PUT', '/webhooks/ci', { isEnabled: false });
    const { document } = await ask('POST', '/webhooks/ci/ping', {});
    expect(document['delivery']).toMatchObject({ state: 'delivered', status: 204, attempts: 1 });
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ events: [{ action: 'ping' }] });
    const { document: log } = await ask('GET', '/webhooks/ci/deliveries?state=delivered');
    expect(log['deliveries']).toMatchObject([{ type: 'webhook.pinged' }]);
    expect((await ask('GET', '/webhooks/ci/deliveries?state=failed')).document['deliveries']).toEqual([]);
  });

  it('is removed with its log', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    await ask('POST', '/webhooks/ci/ping', {});
    expect((await ask('DELETE', '/webhooks/ci')).status).toBe(200);
    expect((await ask('GET', '/webhooks/ci')).status).toBe(404);
    expect(await installation.database.build((db) => db.selectFrom('deliveries').selectAll())).toEqual([]);
  });

  it('leaves a line in the audit log for whatever was done with it', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    await ask('PUT', '/webhooks/ci', { events: ['push'], isEnabled: false });
    await ask('POST', '/webhooks/ci/secret', {});
    await ask('POST', '/webhooks/ci/ping', {});
    await ask('DELETE', '/webhooks/ci');
    const rows = await listUnsealed(installation.database, 100);
    expect(rows.map(({ action }) => action)).toEqual([
      'webhook.created',
      'webhook.changed',
      'webhook.disabled',
      'webhook.changed',
      'webhook.pinged',
      'webhook.deleted',
    ]);
    expect(JSON.stringify(rows)).not.toContain('whsec_');
  });

  const refused = [
    ['of an address that may not be called', { url: 'https://10.0.0.1/' }, 400, 'WEBHOOK_INVALID'],
    ['of a name that is no name', { name: '../x' }, 400, 'WEBHOOK_INVALID'],
    ['for events that there are none', { events: ['Push!'] }, 400, 'WEBHOOK_INVALID'],
    ['for repositories that no pattern names', { repositories: ['Team/**'] }, 400, 'WEBHOOK_INVALID'],
    ['with a header of our own', { headers: { Host: 'x' } }, 400, 'WEBHOOK_INVALID'],
    ['with a header of two lines', { headers: { 'X-A': 'b\r\nX-C: d' } }, 400, 'WEBHOOK_INVALID'],
    ['with a secret that is guessed', { secret: 'hunter2' }, 400, 'WEBHOOK_INVALID'],
    ['in a format that there is none', { format: 'slack' }, 400, 'INPUT_INVALID'],
  ] as const;
  for (const [what, wrong, status, code] of refused) {
    it(`is not made ${what}`, async () => {
      const reply = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, ...wrong });
      expect(reply.status).toBe(status);
      expect(reply.document['type']).toBe(`/api/v1/problems/${code}`);
    });
  }

  it('has a name of its own', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    const again = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    expect(again.document['type']).toBe('/api/v1/problems/WEBHOOK_EXISTS');
    expect(again.status).toBe(409);
  });

  it('sends again only what it was sent, and only when it is enabled', async () => {
    await ask('POST', '/webhooks', { name: 'ci', url: receiver.url });
    await ask('POST', '/webhooks', { name: 'other', url: receiver.url });
    const { document } = await ask('POST', '/webhooks/ci/ping', {});
    const { id } = document['delivery'] as { id: number };
    expect((await ask('POST', '/webhooks/other/replay', { delivery: id })).status).toBe(404);
    expect((await ask('POST', '/webhooks/ci/replay', {})).status).toBe(400);
    expect((await ask('POST', '/webhooks/ci/replay', { delivery: id, since: '2026-11-20T00:00:00Z' })).status).toBe(
      400,
    );
    expect((await ask('POST', '/webhooks/ci/replay', { delivery: id })).document).toEqual({
      replayed: 1,
      nextSequence: null,
    });
    await ask('PUT', '/webhooks/ci', { isEnabled: false });
    expect((await ask('POST', '/webhooks/ci/replay', { fromSequence: 1 })).status).toBe(400);
  });
});

describe('a handshake', () => {
  it('is had with a receiver that wants to be called', async () => {
    receiver.answer(({ headers }) => {
      const origin = headers.get('webhook-request-origin') ?? '';
      return new Response(null, { status: 200, headers: { 'WebHook-Allowed-Origin': origin } });
    });
    const { status } = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, handshake: true });
    expect(status).toBe(201);
    await ask('POST', '/webhooks/ci/ping', {});
    expect(receiver.received.map(({ method, headers }) => [method, headers.get('webhook-request-origin')])).toEqual([
      ['OPTIONS', 'registry.example.org'],
      ['POST', 'registry.example.org'],
    ]);
  });

  const answers = [
    ['says nothing', { status: 200 }],
    ['allows somebody else', { headers: { 'WebHook-Allowed-Origin': 'other.example.org' } }],
    ['knows no OPTIONS', { status: 405, headers: { 'WebHook-Allowed-Origin': '*' } }],
  ] as const;
  for (const [what, answer] of answers) {
    it(`is not had with one that ${what}`, async () => {
      receiver.answer(() => new Response(null, answer));
      const reply = await ask('POST', '/webhooks', { name: 'ci', url: receiver.url, handshake: true });
      expect(reply.document['type']).toBe('/api/v1/problems/WEBHOOK_REFUSED');
      expect((await ask('GET', '/webhooks/ci')).status).toBe(404);
    });
  }
});
