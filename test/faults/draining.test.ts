import { describe, expect, it, setDefaultTimeout } from 'bun:test';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { randomBlob } from '../support/image.ts';
import { RawRequest } from '../support/raw-request.ts';
import { RegistryClient, withDigest } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';

setDefaultTimeout(60_000);

describe('a server that is told to stop in the middle of a push', () => {
  it('takes nothing new, finishes the push, and then ends with success', () => drain(() => undefined));

  // systemd sends the signal to every process of a service, and the launcher passes on the one that it got.
  it('does so, too, when it is told twice at once', () => drain(({ pid }) => process.kill(pid, 'SIGTERM')));

  async function drain(whileDraining: (server: RunningHavre) => void): Promise<void> {
    const data = temporaryFolder('drain');
    try {
      await using server = await startHavre({ data });
      const client = new RegistryClient(server);
      const blob = randomBlob(1_000_000);
      const session = await client.openUpload('drain/running');
      const { pathname, search } = new URL(withDigest(session, blob.digest), server.url);
      const push = await RawRequest.open(server.url, 'PUT', pathname + search, {
        authorization: server.authorization,
        'content-length': String(blob.bytes.byteLength),
        expect: '100-continue',
      });
      await push.toldToContinue();
      await push.write(blob.bytes.subarray(0, 400_000));

      const ended = server.stop();
      await eventually('new requests are refused', async () => {
        const status = await fetch(`${server.url}/readyz`, { headers: { connection: 'close' } }).then(
          (reply) => reply.status,
          () => 'refused' as const,
        );
        if (status === 200) throw new Error('still ready');
      });
      whileDraining(server);
      await push.write(blob.bytes.subarray(400_000));
      expect(await push.status()).toBe(201);
      push.cut();
      expect(await ended).toBe(0);

      await using again = await startHavre({ data });
      expect(await new RegistryClient(again).pullBlob('drain/running', blob.digest)).toEqual(blob.bytes);
      expect(await again.stop()).toBe(0);
    } finally {
      removeFolder(data);
    }
  }
});

describe('a server that is told to stop behind a load balancer', () => {
  it('says that it is not ready, and answers those who come all the same', async () => {
    await using server = await startHavre({ env: { HAVRE_HTTP_LEAVE_SECONDS: '20' } });
    const ended = server.stop();
    await eventually('it says that it leaves', async () => {
      expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    });
    const client = new RegistryClient(server);
    const blob = randomBlob(1000);
    await client.pushBlob('leaving/late', blob);
    expect(await client.pullBlob('leaving/late', blob.digest)).toEqual(blob.bytes);
    await server.kill();
    expect(await ended).not.toBe(0);
  });
});
