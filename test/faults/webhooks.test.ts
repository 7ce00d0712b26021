import { afterAll, expect, it } from 'bun:test';
import { havre } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { openReceiver } from '../support/receiver.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre } from '../support/server.ts';

const data = temporaryFolder('webhooks');
afterAll(() => removeFolder(data));

/** A claim of a process that died, and then some. */
const SECONDS = 90;
const IMAGES = 10;

interface CloudEvent {
  readonly id: string;
  readonly data: { readonly digest: string; readonly sequence: number };
}

it('every push is told, whatever is killed before, while and after it is told', async () => {
  using receiver = openReceiver();
  const env = { HAVRE_EGRESS_ALLOW: 'webhooks=127.0.0.0/8' };
  const digests: string[] = [];
  let isAdded = false;
  for (let round = 0; round < IMAGES; round += 1) {
    await using server = await startHavre({ data, env });
    const line = ['webhook', 'add', 'ci', receiver.url, '--event', 'manifest.pushed', '--data', data];
    if (!isAdded) await havre(line, env);
    isAdded = true;
    // Answers come late, or never: the process dies before, between and after.
    receiver.answer(async () => {
      await Bun.sleep(round * 20);
      return new Response(null, { status: round % 3 === 0 ? 500 : 204 });
    });
    const image = imageOf([randomBlob(100)]);
    await new RegistryClient(server).pushImage('team/app', image, `v${round}`);
    digests.push(image.manifest.digest);
    await Bun.sleep(round * 150);
    await server.kill();
  }

  receiver.answer(() => new Response());
  await using _server = await startHavre({ data, env });
  const told = (): readonly CloudEvent[] => receiver.received.map(({ body }) => JSON.parse(body) as CloudEvent);
  await eventually(
    'everything was told',
    async () => {
      expect(new Set(told().map((event) => event.data.digest))).toEqual(new Set(digests));
      const { stdout } = await havre(
        ['webhook', 'deliveries', 'ci', '--state', 'waiting', '--json', '--data', data],
        env,
      );
      expect(JSON.parse(stdout)).toMatchObject({ deliveries: [] });
    },
    SECONDS,
    1,
  );
  // What is told twice is told by one id.
  const idByDigest = new Map(told().map((event) => [event.data.digest, event.id]));
  for (const event of told()) expect(event.id).toBe(idByDigest.get(event.data.digest) ?? '');
}, 180_000);
