import { afterEach, beforeEach, expect, it } from 'bun:test';
import { openTestEvents } from '../../test/support/events.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { openReceiver, type Receiver } from '../../test/support/receiver.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { Sealer } from '../audit/sealer.ts';
import { fanOut } from '../events/fan-out.ts';
import type { PullSink } from '../events/pull-events.ts';
import { systemActor } from '../metadata/actor.ts';

let registry: RegistryUnderTest;
let receiver: Receiver;
let events: ReturnType<typeof openTestEvents>;

beforeEach(async () => {
  const sink: PullSink = {
    get isWanted() {
      return events.pullEvents.isWanted;
    },
    pulled: (pull) => events.pullEvents.pulled(pull),
  };
  registry = await openRegistry({ pullSink: sink });
  receiver = openReceiver();
  events = openTestEvents({ db: registry.db, folder: registry.folder, now: registry.clock.now });
});

afterEach(async () => {
  receiver[Symbol.dispose]();
  await registry[Symbol.asyncDispose]();
});

interface Told {
  readonly action: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly request: Readonly<Record<string, unknown>>;
  readonly actor: Readonly<Record<string, unknown>>;
}

/** What the receiver was told since the last time. */
async function told(): Promise<readonly Told[]> {
  const before = receiver.received.length;
  await events.pullEvents.flush();
  const { db, clock } = registry;
  await new Sealer({ db, onSealed: async (tx, rows) => void (await fanOut(tx, rows, clock.now())) }).seal();
  await events.deliver();
  return receiver.received.slice(before).flatMap(({ body }) => (JSON.parse(body) as { events: Told[] }).events);
}

async function listen(...wanted: readonly string[]): Promise<void> {
  const webhook = {
    name: 'ci',
    url: receiver.url,
    format: 'distribution' as const,
    events: wanted,
    repositories: [],
    ignoredMediaTypes: [],
    headers: {},
    handshake: false,
  };
  await events.webhooks.add(webhook, systemActor('admin'));
  await told();
}

it('a push, a mount and deletions are told as distribution tells them', async () => {
  await listen();
  const image = imageOf([randomBlob(100)]);
  await registry.client.pushImage('team/app', image, 'v1');
  const [push, ...rest] = await told();
  expect(rest).toEqual([]);
  expect(push).toMatchObject({
    action: 'push',
    target: {
      mediaType: image.manifest.mediaType,
      digest: image.manifest.digest,
      size: image.manifest.bytes.byteLength,
      repository: 'team/app',
      tag: 'v1',
    },
    request: { method: 'PUT', host: 'registry.example.org' },
  });

  const [blob = image.manifest] = image.blobs;
  const mounted = await registry.client.send('POST', `/v2/other/app/blobs/uploads/?mount=${blob.digest}&from=team/app`);
  expect(mounted.status).toBe(201);
  expect(await told()).toMatchObject([
    { action: 'mount', target: { digest: blob.digest, repository: 'other/app', fromRepository: 'team/app' } },
  ]);

  await registry.client.send('DELETE', '/v2/team/app/manifests/v1');
  expect((await told()).map(({ action, target }) => ({ action, target }))).toEqual([
    { action: 'delete', target: { repository: 'team/app', tag: 'v1' } },
  ]);
  await registry.client.send('DELETE', `/v2/team/app/manifests/${image.manifest.digest}`);
  expect((await told()).map(({ action, target }) => ({ action, target }))).toEqual([
    { action: 'delete', target: { repository: 'team/app', digest: image.manifest.digest } },
  ]);
});

it('pulls are told to whoever asks for them, by GET and by HEAD, by tag and by digest', async () => {
  await listen('pull');
  const image = imageOf([randomBlob(100)]);
  await registry.client.pushImage('team/app', image, 'v1');
  await registry.client.send('HEAD', '/v2/team/app/manifests/v1');
  await registry.client.send('GET', `/v2/team/app/manifests/${image.manifest.digest}`);
  const pulls = await told();
  expect(pulls.map(({ action, request, target }) => [action, request['method'], target['tag']])).toEqual([
    ['pull', 'HEAD', 'v1'],
    ['pull', 'GET', undefined],
  ]);
  expect(pulls[0]?.target).toMatchObject({ digest: image.manifest.digest, mediaType: image.manifest.mediaType });
});

it('pulls are not even noted where nobody asks for them', async () => {
  await listen();
  await registry.client.pushImage('team/app', imageOf([]), 'v1');
  await told();
  await registry.client.send('GET', '/v2/team/app/manifests/v1');
  expect(events.pullEvents.isWanted).toBe(false);
  expect(await told()).toEqual([]);
});
