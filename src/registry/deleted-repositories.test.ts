import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { descriptorOf, imageOf, indexOf, randomBlob, type Image } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';
import { NameUnknownError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { NotInTrashError, type RestoreReport } from './trash.ts';

const registry = sharedRegistry();

async function statusOf(method: string, path: string): Promise<number> {
  const reply = await registry().client.send(method, `/v2/${path}`);
  await reply.bytes();
  return reply.status;
}

async function pushed(repository: RepositoryName, tag: string): Promise<Image> {
  const image = imageOf([randomBlob(20)]);
  await registry().client.pushImage(repository, image, tag);
  return image;
}

async function expectWhole(repository: RepositoryName, image: Image, tag: string): Promise<void> {
  const { client } = registry();
  expect(await client.pullManifest(repository, tag)).toEqual(image.manifest.bytes);
  for (const blob of image.blobs) expect(await client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
}

async function catalog(): Promise<readonly string[]> {
  const reply = await registry().client.send('GET', '/v2/_catalog?n=1000');
  return ((await reply.json()) as { repositories: string[] }).repositories;
}

const name = (): RepositoryName => parseRepositoryName(newRepository());
const restore = (repository: RepositoryName): Promise<RestoreReport> =>
  registry().trash.restore({ repository }, SOMEBODY);
const remove = (repository: RepositoryName) => registry().deletions.deleteRepository(repository, SOMEBODY);

const asError = (error: unknown): unknown => error;

/** How many rows name this repository by a number that it has not. */
async function rowsOfDeadNumbers(): Promise<number> {
  let count = 0;
  for (const table of ['manifests', 'tags', 'links', 'manifest_edges'] as const) {
    const rows = await registry().db.build((db) =>
      db
        .selectFrom(table)
        .select('repository_id')
        .where('repository_id', 'not in', (inner) => inner.selectFrom('repositories').select('id'))
        .where('repository_id', 'not in', (inner) => inner.selectFrom('trashed_repositories').select('id')),
    );
    count += rows.length;
  }
  return count;
}

describe('a repository that was deleted', () => {
  it('answers nothing any more, also not from memory, and comes back with the same bytes and tags', async () => {
    const repository = name();
    const image = await pushed(repository, 'v1');
    const index = indexOf([image.manifest]);
    await registry().client.pushManifest(repository, index, 'multi');
    const sbom = imageOf([randomBlob(3)], { subject: descriptorOf(index) });
    await registry().client.pushImage(repository, sbom, 'sbom');
    await expectWhole(repository, image, 'v1'); // now it is in memory
    const layer = image.blobs[1]?.digest ?? '';
    await remove(repository);

    for (const path of ['manifests/v1', `manifests/${image.manifest.digest}`, `blobs/${layer}`, 'tags/list']) {
      expect(await statusOf('GET', `${repository}/${path}`)).toBe(404);
    }
    expect(await statusOf('HEAD', `${repository}/blobs/${layer}`)).toBe(404);
    expect(await catalog()).not.toContain(String(repository));
    const referrers = await registry().client.send('GET', `/v2/${repository}/referrers/${index.digest}`);
    expect(await referrers.json()).toMatchObject({ manifests: [] });
    const elsewhere = newRepository();
    for (const from of [`&from=${repository}`, '']) {
      const mount = await registry().client.send('POST', `/v2/${elsewhere}/blobs/uploads/?mount=${layer}${from}`);
      expect(mount.status).toBe(202);
    }
    registry().clock.advance(4000);
    await registry().collect();

    expect((await restore(repository)).repositories).toEqual([repository]);
    await expectWhole(repository, image, 'v1');
    await expectWhole(repository, sbom, 'sbom');
    expect(await registry().client.pullManifest(repository, 'multi')).toEqual(index.bytes);
    expect(await catalog()).toContain(String(repository));
    const again = await registry().client.send('GET', `/v2/${repository}/referrers/${index.digest}`);
    expect(await again.json()).toMatchObject({ manifests: [{ digest: sbom.manifest.digest }] });
    registry().clock.advance(4000);
    await registry().collect();
    await expectWhole(repository, image, 'v1');
    expect(await restore(repository).catch(asError)).toBeInstanceOf(NotInTrashError);
  });

  it('costs the same whatever it holds', async () => {
    const repository = name();
    for (const tag of ['a', 'b', 'c']) await pushed(repository, tag);
    const { id } = await remove(repository);
    const moved = await registry().db.build((db) =>
      db.selectFrom('trashed_manifests').select('digest').where('trash_id', '=', id),
    );
    expect(moved).toEqual([]);
    expect(await remove(repository).catch(asError)).toBeInstanceOf(NameUnknownError);
  });

  it('joins the one that was made of its name meanwhile, whose tags stay where they are', async () => {
    const repository = name();
    const [old, shared] = [await pushed(repository, 'v1'), await pushed(repository, 'old')];
    await remove(repository);
    const fresh = await pushed(repository, 'v1');
    await registry().client.pushManifest(repository, fresh.manifest, 'new');
    const report = await restore(repository);
    expect(report.kept).toMatchObject([
      { repository, tag: 'v1', digest: fresh.manifest.digest, trashed: old.manifest.digest },
    ]);
    expect(await registry().client.tags(repository)).toEqual(['new', 'old', 'v1']);
    await expectWhole(repository, fresh, 'v1');
    await expectWhole(repository, shared, 'old');
    // The one without a tag is looked at in peace: no collection takes it within the grace time.
    await registry().collect({ graceSeconds: 3600 });
    await expectWhole(repository, old, old.manifest.digest);
    expect(await rowsOfDeadNumbers()).toBe(0);
  });

  it('comes back twice, when it was deleted twice', async () => {
    const repository = name();
    const first = await pushed(repository, 'first');
    await remove(repository);
    const second = await pushed(repository, 'second');
    await remove(repository);
    await restore(repository);
    expect(await registry().client.tags(repository)).toEqual(['second']);
    await restore(repository);
    await expectWhole(repository, first, 'first');
    await expectWhole(repository, second, 'second');
    expect(await rowsOfDeadNumbers()).toBe(0);
  });

  it('lets what was deleted in it before be restored after it, and before it', async () => {
    const repository = name();
    const [one, two] = [await pushed(repository, 'one'), await pushed(repository, 'two')];
    await registry().client.deleteManifest(repository, one.manifest.digest);
    await registry().client.deleteManifest(repository, two.manifest.digest);
    await remove(repository);
    await registry().trash.restore({ repository, tag: parseTag('one') }, SOMEBODY);
    await expectWhole(repository, one, 'one');
    await restore(repository);
    await registry().trash.restore({ repository, tag: parseTag('two') }, SOMEBODY);
    await expectWhole(repository, one, 'one');
    await expectWhole(repository, two, 'two');
  });

  it('is gone for good when its time is over, without leaving anything behind', async () => {
    const repository = name();
    const image = await pushed(repository, 'v1');
    await remove(repository);
    registry().clock.advance(8 * 24 * 3600);
    expect(await restore(repository).catch(asError)).toBeInstanceOf(NotInTrashError);
    await registry().collect();
    await registry().collect();
    for (const { digest } of image.blobs) {
      const rows = await registry().db.build((db) =>
        db
          .selectFrom('blobs')
          .select('digest')
          .where('digest', '=', digest as never),
      );
      expect(rows).toEqual([]);
    }
    expect(await rowsOfDeadNumbers()).toBe(0);
  });
});

describe('a push into a repository that is deleted meanwhile', () => {
  it('goes on: the session belongs to the name, and what it ends with is in a new repository', async () => {
    const repository = name();
    const old = await pushed(repository, 'old');
    const blob = randomBlob(50);
    const location = await registry().client.openUpload(repository);
    await remove(repository);
    const separator = location.includes('?') ? '&' : '?';
    await registry().client.expect(201, 'PUT', `${location}${separator}digest=${blob.digest}`, {
      headers: { 'Content-Type': 'application/octet-stream' },
      body: blob.bytes,
    });
    expect(await registry().client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
    expect(await statusOf('GET', `${repository}/manifests/old`)).toBe(404);
    const image = imageOf([blob]);
    await registry().client.pushImage(repository, image, 'new');
    await restore(repository);
    await expectWhole(repository, old, 'old');
    await expectWhole(repository, image, 'new');
    expect(await rowsOfDeadNumbers()).toBe(0);
  });

  it('is told which blobs are gone, and loses nothing when it sends them again', async () => {
    const repository = name();
    const image = imageOf([randomBlob(50)]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    await remove(repository);
    const refused = await registry().client.send('PUT', `/v2/${repository}/manifests/v1`, {
      headers: { 'Content-Type': image.manifest.mediaType },
      body: image.manifest.bytes,
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('MANIFEST_BLOB_UNKNOWN');
    await registry().client.pushImage(repository, image, 'v1');
    await expectWhole(repository, image, 'v1');
  });
});
