import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob, type Content } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { ContentMissingError } from '../oci/errors.ts';

/** Takes the file of a blob away, as a bad disk or a hand in the folder does. */
async function lose(registry: RegistryUnderTest, blob: Content): Promise<void> {
  const hex = blob.digest.slice('sha256:'.length);
  const [file] = [...new Bun.Glob(`blobs/sha256/${hex.slice(0, 2)}/${hex}.*`).scanSync(registry.folder)];
  if (file === undefined) throw new Error('the blob has no file');
  await rm(join(registry.folder, file));
}

describe('a blob whose file is lost', () => {
  it('is 500 UNKNOWN on GET, before any byte, and a failure that the operator is told of', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    await lose(registry, blob);
    const reply = await registry.client.send('GET', `/v2/a/blobs/${blob.digest}`);
    expect(await errorReply(reply)).toMatchObject({ status: 500, code: 'UNKNOWN' });
    expect(registry.failures.splice(0)).toEqual([expect.any(ContentMissingError)]);
  });

  it('is not there for a client that asks with HEAD, which therefore pushes it again', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    await lose(registry, blob);
    expect((await registry.client.send('HEAD', `/v2/a/blobs/${blob.digest}`)).status).toBe(404);
    await registry.client.pushBlob('a', blob);
    expect((await registry.client.send('HEAD', `/v2/a/blobs/${blob.digest}`)).status).toBe(200);
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });

  it('is healed in every repository that has it, by a push to any', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const image = imageOf([randomBlob(100)]);
    for (const repository of ['a', 'b']) await registry.client.pushImage(repository, image, 'v1');
    const layer = image.blobs[1];
    if (layer === undefined) throw new Error('the image has a layer');
    await lose(registry, layer);
    await registry.client.pushBlob('c', layer);
    for (const repository of ['a', 'b', 'c']) {
      expect(await registry.client.pullBlob(repository, layer.digest)).toEqual(layer.bytes);
    }
  });

  it('is not mounted: the client gets a session, and heals it', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    await lose(registry, blob);
    const path = `/v2/b/blobs/uploads/?mount=${blob.digest}`;
    expect((await registry.client.send('POST', `${path}&from=a`)).status).toBe(202);
    expect((await registry.client.send('POST', path)).status).toBe(202);
    await registry.client.pushBlob('b', blob);
    expect((await registry.client.send('POST', `${path}&from=a`)).status).toBe(201);
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });

  it('leaves nothing behind once it is healed', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    await lose(registry, blob);
    await registry.client.pushBlob('a', blob);
    await registry.collect({ graceSeconds: 3600 });
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
    expect((await Array.fromAsync(registry.store.listKeys())).length).toBe(1);
  });
});

describe('a storage folder that is not there', () => {
  it('is 503 UNAVAILABLE for what is in it, and nothing is taken for lost', async () => {
    await using registry = await openRegistry({ store: 'filesystem' });
    const blob = randomBlob(100);
    await registry.client.pushBlob('a', blob);
    const folder = join(registry.folder, 'blobs');
    await rename(folder, `${folder}.unmounted`);
    for (const [method, path] of [
      ['GET', `/v2/a/blobs/${blob.digest}`],
      ['HEAD', `/v2/a/blobs/${blob.digest}`],
      ['POST', `/v2/b/blobs/uploads/?mount=${blob.digest}&from=a`],
    ] as const) {
      const reply = await registry.client.send(method, path);
      expect(reply.status).toBe(503);
      expect(reply.headers.get('retry-after')).toBe('30');
    }
    registry.failures.length = 0;
    await rename(`${folder}.unmounted`, folder);
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });
});
