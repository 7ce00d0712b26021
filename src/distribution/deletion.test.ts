import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { descriptorOf, imageOf, indexOf, randomBlob, type Image } from '../../test/support/image.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry();

async function pushed(...tags: readonly string[]): Promise<{ repository: string; image: Image; digest: string }> {
  const repository = newRepository();
  const image = imageOf([randomBlob(100)]);
  await registry().client.pushImage(repository, image);
  for (const tag of tags) await registry().client.pushManifest(repository, image.manifest, tag);
  return { repository, image, digest: image.manifest.digest };
}

/** The statuses of GET and HEAD, read from memory and from the database. */
async function statusesOf(repository: string, reference: string): Promise<readonly number[]> {
  const replies: Response[] = [];
  for (const method of ['GET', 'HEAD', 'GET']) {
    replies.push(await registry().client.send(method, `/v2/${repository}/manifests/${reference}`));
  }
  return [...new Set(replies.map(({ status }) => status))];
}

describe('DELETE of a tag', () => {
  it('takes that tag and nothing else, at once', async () => {
    const { repository, digest } = await pushed('v1', 'v2');
    expect(await statusesOf(repository, 'v1')).toEqual([200]);
    const reply = await registry().client.send('DELETE', `/v2/${repository}/manifests/v1`);
    expect(reply.status).toBe(202);
    expect(reply.headers.get('content-length')).toBe('0');
    expect(await statusesOf(repository, 'v1')).toEqual([404]);
    expect(await statusesOf(repository, 'v2')).toEqual([200]);
    expect(await statusesOf(repository, digest)).toEqual([200]);
    expect(await registry().client.tags(repository)).toEqual(['v2']);
  });

  it('leaves the manifest of the last tag', async () => {
    const { repository, digest } = await pushed('v1');
    await registry().client.deleteManifest(repository, 'v1');
    expect(await statusesOf(repository, digest)).toEqual([200]);
    expect(await registry().client.tags(repository)).toEqual([]);
  });

  it('is 404 MANIFEST_UNKNOWN where there is none, the second time too', async () => {
    const { repository } = await pushed('v1');
    await registry().client.deleteManifest(repository, 'v1');
    for (const tag of ['v1', 'never', '.cannot-be']) {
      const reply = await registry().client.send('DELETE', `/v2/${repository}/manifests/${tag}`);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    }
  });

  it('is 404 NAME_UNKNOWN where there is no such repository', async () => {
    const reply = await registry().client.send('DELETE', `/v2/${newRepository()}/manifests/v1`);
    expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });

  it('may be followed by another push of the tag', async () => {
    const { repository, image } = await pushed('v1');
    await registry().client.deleteManifest(repository, 'v1');
    await registry().client.pushManifest(repository, image.manifest, 'v1');
    expect(await statusesOf(repository, 'v1')).toEqual([200]);
  });
});

describe('DELETE of a manifest', () => {
  it('takes every tag that names it, at once, and no other', async () => {
    const { repository, digest } = await pushed('v1', 'v2');
    const other = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, other, 'v3');
    for (const reference of ['v1', 'v2', digest]) expect(await statusesOf(repository, reference)).toEqual([200]);
    await registry().client.deleteManifest(repository, digest);
    for (const reference of ['v1', 'v2', digest]) expect(await statusesOf(repository, reference)).toEqual([404]);
    expect(await statusesOf(repository, 'v3')).toEqual([200]);
    expect(await registry().client.tags(repository)).toEqual(['v3']);
  });

  it('leaves it in other repositories', async () => {
    const { repository, image, digest } = await pushed('v1');
    const other = newRepository();
    await registry().client.pushImage(other, image, 'v1');
    await registry().client.deleteManifest(repository, digest);
    expect(await registry().client.pullManifest(other, 'v1')).toEqual(image.manifest.bytes);
  });

  it('leaves the children of an index, and takes the index', async () => {
    const { repository, image } = await pushed();
    const index = indexOf([image.manifest]);
    await registry().client.pushManifest(repository, index, 'multi');
    await registry().client.deleteManifest(repository, index.digest);
    expect(await statusesOf(repository, 'multi')).toEqual([404]);
    expect(await statusesOf(repository, image.manifest.digest)).toEqual([200]);
  });

  it('takes a child, and leaves the index that names it', async () => {
    const { repository, image } = await pushed();
    const index = indexOf([image.manifest]);
    await registry().client.pushManifest(repository, index, 'multi');
    await registry().client.deleteManifest(repository, image.manifest.digest);
    expect(await statusesOf(repository, image.manifest.digest)).toEqual([404]);
    expect(await statusesOf(repository, 'multi')).toEqual([200]);
  });

  it('takes a referrer out of the list of its subject, at once', async () => {
    const { repository, image } = await pushed('v1');
    const referrer = imageOf([], { subject: descriptorOf(image.manifest) });
    await registry().client.pushImage(repository, referrer);
    const list = async (): Promise<unknown> => {
      const reply = await registry().client.send('GET', `/v2/${repository}/referrers/${image.manifest.digest}`);
      return ((await reply.json()) as { manifests: unknown[] }).manifests.length;
    };
    expect(await list()).toBe(1);
    await registry().client.deleteManifest(repository, referrer.manifest.digest);
    expect(await list()).toBe(0);
  });

  it('is 404 where there is none, the second time too', async () => {
    const { repository, digest } = await pushed('v1');
    await registry().client.deleteManifest(repository, digest);
    for (const absent of [digest, randomBlob(1).digest]) {
      const reply = await registry().client.send('DELETE', `/v2/${repository}/manifests/${absent}`);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    }
  });

  it('may be followed by another push of it', async () => {
    const { repository, image, digest } = await pushed('v1');
    await registry().client.deleteManifest(repository, digest);
    await registry().client.pushManifest(repository, image.manifest, 'v1');
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(image.manifest.bytes);
  });
});

describe('DELETE of a blob', () => {
  it('takes it out of this repository, at once, and of no other', async () => {
    const [here, there] = [newRepository(), newRepository()];
    const blob = randomBlob(100);
    for (const repository of [here, there]) await registry().client.pushBlob(repository, blob);
    const reply = await registry().client.send('DELETE', `/v2/${here}/blobs/${blob.digest}`);
    expect(reply.status).toBe(202);
    for (const method of ['GET', 'HEAD']) {
      expect((await registry().client.send(method, `/v2/${here}/blobs/${blob.digest}`)).status).toBe(404);
    }
    expect(await registry().client.pullBlob(there, blob.digest)).toEqual(blob.bytes);
  });

  it('is 404 BLOB_UNKNOWN where there is none, or only elsewhere', async () => {
    const { image } = await pushed();
    for (const repository of [newRepository(), (await pushed()).repository]) {
      const reply = await registry().client.send('DELETE', `/v2/${repository}/blobs/${image.blobs[0]?.digest}`);
      expect(await errorReply(reply)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    }
  });

  it('is 405 UNSUPPORTED where a manifest of the repository needs it, and goes once that is deleted', async () => {
    const { repository, image, digest } = await pushed('v1');
    const layer = image.blobs[1]?.digest;
    const refused = await registry().client.send('DELETE', `/v2/${repository}/blobs/${layer}`);
    const { message, ...refusal } = await errorReply(refused);
    expect(refusal).toEqual({ status: 405, code: 'UNSUPPORTED' });
    expect(message).toContain(digest);
    await registry().client.deleteManifest(repository, digest);
    await registry().client.deleteBlob(repository, layer ?? '');
  });

  it('may be followed by another push of it', async () => {
    const repository = newRepository();
    const blob = randomBlob(100);
    for (const _time of ['first', 'second']) {
      await registry().client.pushBlob(repository, blob);
      expect(await registry().client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
      await registry().client.deleteBlob(repository, blob.digest);
    }
  });
});

describe('everything of a repository, in the order of the conformance suite', () => {
  it('goes: tags, manifests, blobs, each 404 at once', async () => {
    const { repository, image, digest } = await pushed('v1');
    const index = indexOf([image.manifest]);
    await registry().client.pushManifest(repository, index, 'multi');
    for (const reference of ['v1', 'multi', index.digest, digest]) {
      await registry().client.deleteManifest(repository, reference);
      expect(await statusesOf(repository, reference)).toEqual([404]);
    }
    for (const blob of image.blobs) {
      await registry().client.deleteBlob(repository, blob.digest);
      expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);
    }
    expect(await registry().client.tags(repository)).toEqual([]);
  });
});

describe('where deletion is disabled', () => {
  it('is 405 UNSUPPORTED for tags, manifests and blobs, there or not, and everything stays', async () => {
    await using kept = await openRegistry({ isDeletionEnabled: false });
    const image = imageOf([randomBlob(10)]);
    await kept.client.pushImage('a', image, 'v1');
    const blob = randomBlob(10);
    await kept.client.pushBlob('a', blob);
    const paths = ['manifests/v1', `manifests/${image.manifest.digest}`, `blobs/${blob.digest}`, 'manifests/never'];
    for (const path of paths) {
      const reply = await kept.client.send('DELETE', `/v2/a/${path}`);
      expect(await errorReply(reply)).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    }
    expect(await kept.client.pullManifest('a', 'v1')).toEqual(image.manifest.bytes);
    expect(await kept.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });

  it('still lets a client cancel its own upload', async () => {
    await using kept = await openRegistry({ isDeletionEnabled: false });
    const session = await kept.client.openUpload('a');
    expect((await kept.client.send('DELETE', session)).status).toBe(204);
  });
});
