import { expect, it } from 'bun:test';
import { randomBlob } from '../../test/support/image.ts';
import { RegistryClient } from '../../test/support/registry-client.ts';
import { startHavre } from '../../test/support/server.ts';

it('counts the bytes of a push, also where the client did not announce them, as docker does not', async () => {
  await using server = await startHavre();
  const client = new RegistryClient(server);
  const { bytes } = randomBlob(300_000);
  const session = await client.openUpload('team/app');
  const reply = await client.send('PATCH', session, { body: new Blob([bytes]).stream() });
  expect(reply.status).toBe(202);

  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('havre_http_received_bytes_total{endpoint="end-5"} 300000\n');
  expect(await server.stop()).toBe(0);
  expect(server.logs()).toContain('"endpoint":"end-5","repository":"team/app","status":202,"bytesIn":300000,');
}, 60_000);
