import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { openTestEvents } from '../../test/support/events.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openReceiver } from '../../test/support/receiver.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { systemActor } from '../metadata/actor.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { WebhookInvalidError, WebhookSecretsError } from './webhook-error.ts';
import type { NewWebhook } from './webhooks.ts';

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`);
const PUSH = { action: 'manifest.pushed', repository: parseRepositoryName('team/app'), digest: DIGEST };
const ADMIN = systemActor('admin');

const WANTED: Omit<NewWebhook, 'url'> = {
  name: 'ci',
  format: 'cloudevents',
  events: [],
  repositories: [],
  ignoredMediaTypes: [],
  headers: {},
  handshake: false,
};

async function scene(options: Partial<NewWebhook> & { disableAfterDays?: number } = {}) {
  const folder = temporaryFolder('events');
  const db = await openTestDatabase(folder);
  const receiver = openReceiver();
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const { disableAfterDays, ...wanted } = options;
  const open = () =>
    openTestEvents({ db, folder, now: () => clock.now, ...(disableAfterDays !== undefined && { disableAfterDays }) });
  const events = open();
  const { secret = '' } = await events.webhooks.add({ ...WANTED, url: receiver.url, ...wanted }, ADMIN);
  return {
    ...events,
    db,
    receiver,
    secret,
    clock,
    /** Another process on the same facts. */
    again: open,
    advance: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },
    log: async () => events.deliveries.list(await events.webhooks.get('ci'), { limit: 100 }),
    [Symbol.asyncDispose]: async () => {
      receiver[Symbol.dispose]();
      await db.close();
      removeFolder(folder);
    },
  };
}

describe('what happened', () => {
  it('is told once, signed, with the headers that somebody wants', async () => {
    await using at = await scene({ headers: { Authorization: 'Bearer token' } });
    await at.happen(PUSH);
    await at.deliver();
    await at.deliver();
    expect(at.receiver.received).toHaveLength(1);
    const [{ method, headers, body } = { method: '', headers: new Headers(), body: '' }] = at.receiver.received;
    expect(method).toBe('POST');
    expect(headers.get('content-type')).toBe('application/cloudevents+json; charset=utf-8');
    expect(headers.get('authorization')).toBe('Bearer token');
    const { id, type, subject } = JSON.parse(body) as Record<string, unknown>;
    expect({ type, subject }).toEqual({ type: 'io.havre.registry.manifest.pushed', subject: `team/app@${DIGEST}` });
    expect(headers.get('webhook-id')).toBe(String(id));
    const signed = `${String(id)}.${headers.get('webhook-timestamp')}.${body}`;
    const key = Buffer.from(at.secret.replace('whsec_', ''), 'base64');
    expect(headers.get('webhook-signature')).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(await at.log()).toMatchObject([{ state: 'delivered', attempts: 1, status: 204, nextAttemptAt: undefined }]);
  });

  it('is told to distribution’s receivers as its own registry would', async () => {
    await using at = await scene({ format: 'distribution', secret: false });
    await at.happen(PUSH);
    await at.deliver();
    const [received] = at.receiver.received;
    expect(received?.headers.get('content-type')).toBe('application/vnd.docker.distribution.events.v2+json');
    expect(received?.headers.has('webhook-signature')).toBe(false);
    expect(JSON.parse(received?.body ?? '')).toMatchObject({
      events: [{ action: 'push', target: { digest: DIGEST } }],
    });
  });

  it('is told in numbers that grow, with nothing missing', async () => {
    await using at = await scene();
    const before = 1; // the line in the audit log of the webhook itself
    await at.happen(...Array.from({ length: 30 }, () => PUSH));
    await at.deliver();
    const sequences = at.receiver.received.map(
      ({ body }) => (JSON.parse(body) as { data: { sequence: number } }).data.sequence,
    );
    expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => before + 1 + i));
  });

  it('is not told when it did not happen, or when nobody wants to know', async () => {
    await using at = await scene({ repositories: ['team/*'] });
    await at.happen({ ...PUSH, outcome: 'refused' }, { ...PUSH, repository: parseRepositoryName('other') });
    await at.deliver();
    expect(at.receiver.received).toEqual([]);
    expect(await at.log()).toEqual([]);
  });

  it('is told when it failed only where its name says so', async () => {
    await using at = await scene({ events: ['*'] });
    const failed = { outcome: 'failed', details: {} } as const;
    await at.happen({ ...failed, action: 'backup.ended' }, { ...failed, action: 'registry.rotation-failed' });
    await at.deliver();
    const types = at.receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toContain('io.havre.registry.registry.rotation-failed');
    expect(types).not.toContain('io.havre.registry.backup.ended');
  });

  it('before a webhook was there, or while it was disabled, is told when somebody asks for it', async () => {
    await using at = await scene();
    await at.webhooks.setEnabled('ci', false, ADMIN);
    await at.happen(PUSH);
    await at.deliver();
    expect(at.receiver.received).toEqual([]);
    const webhook = await at.webhooks.setEnabled('ci', true, ADMIN);
    expect(await at.deliveries.replay(webhook, { fromSequence: 1 }, ADMIN)).toEqual({ count: 1 });
    await at.deliver();
    expect(at.receiver.received).toHaveLength(1);
  });
});

describe('a receiver that does not take it', () => {
  it('is asked again after 5 seconds, then twice as long each time, by the same id', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response('no', { status: 500 }));
    await at.happen(PUSH);
    await at.deliver();
    for (const seconds of [5, 10, 20, 40]) {
      at.advance(seconds - 1);
      await at.deliver();
      const before = at.receiver.received.length;
      at.advance(1);
      await at.deliver();
      expect(at.receiver.received).toHaveLength(before + 1);
    }
    expect(new Set(at.receiver.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
    expect(new Set(at.receiver.received.map(({ headers }) => headers.get('x-delivery-id'))).size).toBe(1);
    // Each attempt is signed anew: a receiver may refuse what is minutes old.
    expect(new Set(at.receiver.received.map(({ headers }) => headers.get('webhook-timestamp'))).size).toBe(5);
    at.receiver.answer(() => new Response());
    at.advance(80);
    await at.deliver();
    expect(await at.log()).toMatchObject([{ state: 'delivered', attempts: 6 }]);
    expect((await at.webhooks.get('ci')).failingSince).toBeUndefined();
  });

  it('is given up on after a day, and can be told again by hand', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response('broken here', { status: 502 }));
    await at.happen(PUSH);
    for (let hour = 0; hour < 26; hour += 1) {
      await at.deliver();
      at.advance(3600);
    }
    const [failed] = await at.log();
    expect(failed).toMatchObject({
      state: 'failed',
      status: 502,
      error: 'the receiver answered 502',
      response: 'broken here',
    });
    at.receiver.answer(() => new Response());
    await at.deliveries.replayOne(await at.webhooks.get('ci'), failed?.id ?? 0, ADMIN);
    await at.deliver();
    const last = at.receiver.received.at(-1);
    expect(last?.headers.get('webhook-id')).toBe(at.receiver.received[0]?.headers.get('webhook-id') ?? '');
    expect(last?.headers.get('x-delivery-id')).not.toBe(at.receiver.received[0]?.headers.get('x-delivery-id') ?? '');
    expect((await at.log())[0]).toMatchObject({ state: 'delivered' });
  });

  it('that asks for time gets it, for all that waits', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response('', { status: 429, headers: { 'Retry-After': '600' } }));
    await at.happen(PUSH);
    await at.deliver();
    await at.happen(PUSH);
    at.advance(599);
    await at.deliver();
    expect(at.receiver.received).toHaveLength(1);
    at.receiver.answer(() => new Response());
    at.advance(1);
    await at.deliver();
    expect(at.receiver.received).toHaveLength(3);
  });

  it('that asks for time by a date gets that', async () => {
    await using at = await scene();
    const date = new Date(at.clock.now.getTime() + 3_600_000).toUTCString();
    at.receiver.answer(() => new Response('', { status: 503, headers: { 'Retry-After': date } }));
    await at.happen(PUSH);
    await at.deliver();
    expect(await at.log()).toMatchObject([{ nextAttemptAt: new Date('2026-11-20T11:00:00Z') }]);
  });

  it('that is gone for good is told nothing more, and it is said why', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response('', { status: 410 }));
    await at.happen(PUSH);
    await at.deliver();
    await at.happen(PUSH);
    at.advance(86_400);
    await at.deliver();
    expect(at.receiver.received).toHaveLength(1);
    expect(await at.webhooks.get('ci')).toMatchObject({
      isEnabled: false,
      disabledReason: 'the receiver answered 410: it is gone for good',
    });
    expect(await at.log()).toMatchObject([{ state: 'failed' }]);
  });

  it('is disabled when nothing succeeded for days', async () => {
    await using at = await scene({ disableAfterDays: 2 });
    at.receiver.answer(() => new Response('', { status: 500 }));
    for (let day = 0; day <= 2; day += 1) {
      await at.happen(PUSH);
      await at.deliver();
      at.advance(86_400);
    }
    expect(await at.webhooks.get('ci')).toMatchObject({
      isEnabled: false,
      disabledReason: 'nothing could be delivered for 2 days',
    });
  });

  it('that never takes this type is not asked again', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response('', { status: 415 }));
    await at.happen(PUSH);
    await at.deliver();
    expect(await at.log()).toMatchObject([{ state: 'failed', attempts: 1 }]);
  });

  it('redirects: that is a failure for CloudEvents, and success for distribution', async () => {
    const redirect = () => new Response('', { status: 308, headers: { Location: 'http://127.0.0.1:1/' } });
    await using cloud = await scene();
    cloud.receiver.answer(redirect);
    await cloud.happen(PUSH);
    await cloud.deliver();
    expect(await cloud.log()).toMatchObject([
      { state: 'waiting', error: 'the receiver answered 308: redirects are not followed' },
    ]);
    await using distribution = await scene({ format: 'distribution' });
    distribution.receiver.answer(redirect);
    await distribution.happen(PUSH);
    await distribution.deliver();
    expect(await distribution.log()).toMatchObject([{ state: 'delivered', status: 308 }]);
  });

  it('answers at length: 4 KiB are kept', async () => {
    await using at = await scene();
    at.receiver.answer(() => new Response(`\0${'x'.repeat(100_000)}`, { status: 500 }));
    await at.happen(PUSH);
    await at.deliver();
    expect((await at.log())[0]?.response).toHaveLength(4096);
  });

  it('holds up nobody else', async () => {
    await using at = await scene();
    using other = openReceiver();
    await at.webhooks.add({ ...WANTED, name: 'other', url: other.url }, ADMIN);
    const released = Promise.withResolvers<void>();
    at.receiver.answer(async () => {
      await released.promise;
      return new Response();
    });
    await at.happen(PUSH);
    const delivering = at.deliver();
    await eventually('the other one was told', () => expect(other.received).toHaveLength(1));
    await at.happen(PUSH);
    void at.deliver();
    await eventually('and again', () => expect(other.received).toHaveLength(2));
    released.resolve();
    await delivering;
    expect(await at.log()).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }]);
  });
});

describe('a process that dies', () => {
  it('while it sends has told, or another tells a little later', async () => {
    await using at = await scene();
    const never = Promise.withResolvers<Response>();
    at.receiver.answer(() => never.promise);
    await at.happen(PUSH);
    // It sends, and nothing more is heard of it.
    void at.deliver();
    await eventually('it was sent', () => expect(at.receiver.received).toHaveLength(1));
    const next = at.again();
    at.receiver.answer(() => new Response());
    await next.deliver();
    expect(at.receiver.received).toHaveLength(1);
    at.advance(30);
    await next.deliver();
    expect(at.receiver.received).toHaveLength(2);
    expect(at.receiver.received[1]?.headers.get('webhook-id')).toBe(
      at.receiver.received[0]?.headers.get('webhook-id') ?? '',
    );
    never.resolve(new Response());
    await at.deliverer.settled();
  });

  it('because it is stopped gives back what it was sending', async () => {
    await using at = await scene();
    const stopping = new AbortController();
    at.receiver.answer(() => {
      stopping.abort(new Error('stopping'));
      return new Promise(() => undefined);
    });
    await at.happen(PUSH);
    await at.deliver(stopping.signal);
    expect(await at.log()).toMatchObject([{ state: 'waiting', attempts: 0 }]);
    at.receiver.answer(() => new Response());
    await at.again().deliver();
    expect(await at.log()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(at.errors).toEqual([]);
  });

  it('is one of two that send: each event goes out once', async () => {
    await using at = await scene();
    const other = at.again();
    await at.happen(...Array.from({ length: 40 }, () => PUSH));
    await Promise.all([at.deliver(), other.deliver()]);
    const ids = at.receiver.received.map(({ headers }) => headers.get('webhook-id'));
    expect(ids).toHaveLength(40);
    expect(new Set(ids).size).toBe(40);
  });
});

describe('secrets', () => {
  it('whose key is lost hold up what is to be signed with them: nothing goes unsigned', async () => {
    await using at = await scene();
    await at.happen(PUSH);
    using elsewhere = new DisposableFolder();
    const restored = openTestEvents({ db: at.db, folder: elsewhere.path, now: () => at.clock.now });
    await restored.deliver();
    expect(at.receiver.received).toEqual([]);
    const [waiting] = await at.log();
    expect(waiting?.state).toBe('waiting');
    expect(waiting?.error).toMatch(/^the key [0-9a-f]{16} by which it was encrypted is not here/);
    at.advance(5);
    await at.deliver();
    expect(at.receiver.received).toHaveLength(1);
  });

  it('need a key that all nodes have: without one, it is said how to make it', async () => {
    await using at = await scene();
    using elsewhere = new DisposableFolder();
    const node = openTestEvents({ db: at.db, folder: elsewhere.path, now: () => at.clock.now, isShared: true });
    const failure: unknown = await node.webhooks
      .add({ ...WANTED, name: 'second', url: at.receiver.url }, ADMIN)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WebhookSecretsError);
    expect(String(failure)).toContain('openssl rand -base64 32');
  });
});

describe('a webhook', () => {
  it('is not given an address that may not be called', async () => {
    await using at = await scene();
    const failure: unknown = await at.webhooks
      .change('ci', { url: 'https://169.254.169.254/' }, ADMIN)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WebhookInvalidError);
    expect((await at.webhooks.get('ci')).url).toBe(at.receiver.url);
  });
});

class DisposableFolder implements Disposable {
  readonly path = temporaryFolder('elsewhere');

  [Symbol.dispose](): void {
    removeFolder(this.path);
  }
}
