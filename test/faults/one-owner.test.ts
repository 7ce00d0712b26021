import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { EarlyExitError, startHavre } from '../support/server.ts';

describe('two servers on one data folder', () => {
  it('are refused: the second says so and ends, the first goes on', async () => {
    const data = temporaryFolder('owner');
    try {
      await using first = await startHavre({ data });
      const refusal = await startHavre({ data }).then(
        async (second) => await second.kill().then(() => undefined),
        (reason: unknown) => reason,
      );
      if (!(refusal instanceof EarlyExitError)) throw new Error('the second one started', { cause: refusal });
      expect(refusal.status).not.toBe(0);
      expect(refusal.logs).toContain(data);
      expect(refusal.logs).toMatch(/already|another|in use/i);
      expect(refusal.logs).not.toMatch(/^\s+at .*:\d+/m);

      const client = new RegistryClient(first);
      const image = imageOf([randomBlob(1000)]);
      await client.pushImage('owner/first', image, 'v1');
      expect(await client.pullManifest('owner/first', 'v1')).toEqual(image.manifest.bytes);
      expect(await first.stop()).toBe(0);
    } finally {
      removeFolder(data);
    }
  }, 60_000);

  it('are refused one folder of bytes, too, where each has its own facts', async () => {
    const [one, two, bytes] = [temporaryFolder('owner'), temporaryFolder('owner'), temporaryFolder('bytes')];
    const env = { HAVRE_STORAGE: bytes };
    try {
      await using first = await startHavre({ data: one, env });
      const refusal = await startHavre({ data: two, env }).catch((reason: unknown) => reason);
      if (!(refusal instanceof EarlyExitError)) throw new Error('the second one started', { cause: refusal });
      expect(refusal.logs).toContain(bytes);

      const client = new RegistryClient(first);
      const image = imageOf([randomBlob(1000)]);
      await client.pushImage('owner/first', image, 'v1');
      expect(existsSync(join(bytes, 'blobs/sha256'))).toBe(true);
      expect(existsSync(join(one, 'blobs'))).toBe(false);
      expect(existsSync(join(one, 'havre.db'))).toBe(true);
    } finally {
      for (const folder of [one, two, bytes]) removeFolder(folder);
    }
  }, 60_000);

  it('one after the other are welcome, even when the first was killed', async () => {
    const data = temporaryFolder('owner');
    try {
      const first = await startHavre({ data });
      await first.kill();
      await using second = await startHavre({ data });
      expect(await second.stop()).toBe(0);
      await using third = await startHavre({ data });
      expect(await third.stop()).toBe(0);
    } finally {
      removeFolder(data);
    }
  }, 60_000);
});
