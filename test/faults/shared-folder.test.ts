import { describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { newPostgresDatabase, postgresRunsHere } from '../support/postgres.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';

const runs = postgresRunsHere('two servers on one database and one folder');

/** Two servers that have only a database and a folder in common. */
async function twoServers(): Promise<{ servers: readonly [RunningHavre, RunningHavre]; dispose: () => Promise<void> }> {
  const bytes = temporaryFolder('shared');
  const env = { HAVRE_DATABASE_URL: await newPostgresDatabase(), HAVRE_STORAGE: bytes };
  const servers = await Promise.all([startHavre({ env }), startHavre({ env, args: ['--role=registry'] })]);
  return {
    servers,
    dispose: async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
      removeFolder(bytes);
    },
  };
}

function send(server: RunningHavre, method: string, path: string, body?: Uint8Array): Promise<Response> {
  return fetch(new URL(path, server.url), {
    method,
    headers: { Authorization: server.authorization, 'Content-Type': 'application/octet-stream' },
    ...(body !== undefined && { body: body.slice() }),
  });
}

describe.skipIf(!runs)('two servers on one database and one folder', () => {
  it('are one registry, and what one began the other one ends, also when the first is killed', async () => {
    const { servers, dispose } = await twoServers();
    try {
      const [one, two] = servers;
      const image = imageOf([randomBlob(100_000), randomBlob(10)]);
      await new RegistryClient(one).pushImage('team/app', image, 'v1');
      expect(await new RegistryClient(two).pullManifest('team/app', 'v1')).toEqual(image.manifest.bytes);
      for (const { digest, bytes } of image.blobs) {
        expect(await new RegistryClient(two).pullBlob('team/app', digest)).toEqual(bytes);
      }

      const blob = randomBlob(3_000_000);
      const opened = await send(one, 'POST', '/v2/team/app/blobs/uploads/');
      const session = opened.headers.get('location') ?? '';
      expect((await send(two, 'PATCH', session, blob.bytes.subarray(0, 1_000_000))).status).toBe(202);
      expect((await send(one, 'PATCH', session, blob.bytes.subarray(1_000_000, 2_000_000))).status).toBe(202);
      await one.kill();
      const status = await send(two, 'GET', session);
      expect(status.headers.get('range')).toBe('0-1999999');
      const ended = await send(two, 'PUT', `${session}?digest=${blob.digest}`, blob.bytes.subarray(2_000_000));
      expect(ended.status).toBe(201);
      expect(await new RegistryClient(two).pullBlob('team/app', blob.digest)).toEqual(blob.bytes);
    } finally {
      await dispose();
    }
  }, 120_000);

  it('see at once what the other one changed', async () => {
    const { servers, dispose } = await twoServers();
    try {
      const [one, two] = servers;
      const image = imageOf([randomBlob(10)]);
      await new RegistryClient(one).pushImage('team/app', image, 'v1');
      await new RegistryClient(two).pullManifest('team/app', 'v1');
      expect((await send(one, 'DELETE', '/v2/team/app/manifests/v1')).status).toBe(202);
      expect((await send(two, 'GET', '/v2/team/app/manifests/v1')).status).toBe(404);

      const created = await fetch(`${one.url}/api/v1/tokens`, {
        method: 'POST',
        headers: { Authorization: one.authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'ci', expiresAt: null, scope: [{ pattern: '**', actions: ['pull'] }] }),
      });
      const { secret } = (await created.json()) as { secret: string };
      const pull = (server: RunningHavre): Promise<Response> =>
        fetch(`${server.url}/v2/team/app/tags/list`, {
          headers: { Authorization: `Basic ${Buffer.from(`ci:${secret}`).toString('base64')}` },
        });
      expect((await pull(two)).status).toBe(200);
      const revoked = await fetch(`${one.url}/api/v1/tokens/ci`, {
        method: 'DELETE',
        headers: { Authorization: one.authorization, 'Content-Type': 'application/json' },
      });
      expect({ status: revoked.status, body: await revoked.text() }).toMatchObject({ status: 200 });
      expect((await pull(two)).status).toBe(401);
    } finally {
      await dispose();
    }
  }, 120_000);
});
