import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openTestConnections } from '../../test/support/connections.ts';
import { openTestEvents } from '../../test/support/events.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { sealedConnections } from '../connections/sealed-connections.ts';
import { sealedWebhooks } from '../events/sealed-webhooks.ts';
import type { Database } from '../metadata/database.ts';
import { rotateKey, type SealedPlace } from './key-rotation.ts';
import { Secrets } from './secrets.ts';

let folder: string;
let db: Database;

beforeEach(async () => {
  folder = temporaryFolder('rotation');
  db = await openTestDatabase(folder);
});

afterEach(async () => {
  await db.close();
  removeFolder(folder);
});

const options = { signal: new AbortController().signal, settleSeconds: 0 };
const now = (): Date => new Date('2026-11-20T10:00:00Z');

function secretsOf(key?: string, previousKeys: readonly string[] = []): Secrets {
  return new Secrets({ key, previousKeys, file: join(folder, 'secrets.key'), isShared: false });
}

function places(): readonly SealedPlace[] {
  return [sealedWebhooks(db), sealedConnections(db)];
}

/** A webhook with a header, and connections, sealed by the key of the file. */
async function filled(): Promise<readonly string[]> {
  const { webhooks } = openTestEvents({ db, folder, now });
  const connections = openTestConnections({ db, folder, now });
  await webhooks.add(
    {
      name: 'ci',
      url: 'https://ci.example.org/hook',
      format: 'cloudevents',
      events: [],
      repositories: [],
      ignoredMediaTypes: [],
      headers: { authorization: 'Bearer of-ci' },
      handshake: false,
    },
    SOMEBODY,
  );
  const ids: string[] = [];
  for (let n = 0; n < 120; n += 1) {
    const input = { name: `r${n}`, url: 'r.example.org', username: 'ada', secret: `secret-${n}` };
    ids.push((await connections.add('p', input, SOMEBODY)).id);
  }
  return ids;
}

async function sealedText(): Promise<string> {
  const webhooks = await db.build((kysely) => kysely.selectFrom('webhooks').selectAll());
  return JSON.stringify([webhooks, await db.build((kysely) => kysely.selectFrom('connections').selectAll())]);
}

it('a new key seals everything, and the old one is gone', async () => {
  const ids = await filled();
  const secrets = secretsOf();
  const before = await secrets.keyId();
  const report = await rotateKey(secrets, places(), options);
  expect(report).toMatchObject({ resealed: { webhooks: 2, registries: 120 }, unreadable: 0, isComplete: true });
  expect(report.keyId).not.toBe(before);
  expect(await sealedText()).not.toContain(before);
  expect(readFileSync(join(folder, 'secrets.key'), 'utf8').trim().split('\n')).toHaveLength(1);
  const connections = openTestConnections({ db, folder, now });
  expect(await connections.holdsSecret(ids[77] ?? '', 'secret-77')).toBe(true);
});

it('a rotation that is stopped is gone on with, and everything can be opened meanwhile', async () => {
  const ids = await filled();
  const secrets = secretsOf();
  const controller = new AbortController();
  const stopping: SealedPlace = {
    name: 'stop',
    reseal: async () => {
      controller.abort(new Error('stopped'));
      return { resealed: 0, next: 'more' };
    },
  };
  const [webhooks, registries] = places();
  const some = [webhooks, stopping, registries].filter((place) => place !== undefined);
  const stopped = await rotateKey(secrets, some, { ...options, signal: controller.signal }).catch(String);
  expect(stopped).toContain('stopped');
  const keyId = await secretsOf().keyId();
  const connections = openTestConnections({ db, folder, now });
  expect(await connections.holdsSecret(ids[0] ?? '', 'secret-0')).toBe(true);
  const report = await rotateKey(secretsOf(), places(), options);
  expect(report).toMatchObject({ keyId, resealed: { webhooks: 0, registries: 120 }, isComplete: true });
});

it('a configured key takes over from the one of the file, and from those before it', async () => {
  await filled();
  const [one, two] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
  const first = await rotateKey(secretsOf(one), places(), options);
  expect(first).toMatchObject({ resealed: { webhooks: 2, registries: 120 }, isComplete: true });
  const second = await rotateKey(secretsOf(two, [one]), places(), options);
  expect(second).toMatchObject({ resealed: { webhooks: 2, registries: 120 }, isComplete: true });
  expect(await sealedText()).not.toContain(first.keyId);
});

it('what nobody can open stays as it is, and is told', async () => {
  await filled();
  const before = await sealedText();
  const other = new Secrets({
    key: randomBytes(32).toString('base64'),
    file: join(folder, 'none.key'),
    isShared: false,
  });
  expect(await rotateKey(other, places(), options)).toMatchObject({ unreadable: 122, isComplete: false });
  expect(await sealedText()).toBe(before);
});
