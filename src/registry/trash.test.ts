import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { descriptorOf, imageOf, indexOf, randomBlob, type Image } from '../../test/support/image.ts';
import { newRepository, sharedRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { NotInTrashError, type RestoreReport, type RestoreTarget } from './trash.ts';

const registry = sharedRegistry();
const WEEK = 7 * 24 * 60 * 60;

interface Pushed {
  readonly repository: RepositoryName;
  readonly image: Image;
}

async function pushed(tag?: string): Promise<Pushed> {
  const repository = parseRepositoryName(newRepository());
  const image = imageOf([randomBlob(20)]);
  await registry().client.pushImage(repository, image, tag);
  return { repository, image };
}

function restore(target: RestoreTarget): Promise<RestoreReport> {
  return registry().trash.restore(target, SOMEBODY);
}

async function statusOf(method: string, path: string): Promise<number> {
  const reply = await registry().client.send(method, `/v2/${path}`);
  await reply.bytes();
  return reply.status;
}

/** Longer than the grace time: what nobody looked at since may go. */
function later(): RegistryUnderTest {
  registry().clock.advance(4000);
  return registry();
}

async function expectWhole({ repository, image }: Pushed, tag?: string): Promise<void> {
  const { client } = registry();
  if (tag !== undefined) expect(await client.pullManifest(repository, tag)).toEqual(image.manifest.bytes);
  expect(await client.pullManifest(repository, image.manifest.digest)).toEqual(image.manifest.bytes);
  for (const blob of image.blobs) expect(await client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
}

async function entriesOf(repository: RepositoryName): Promise<number> {
  return (await registry().trash.list({ repository }, { limit: 100 })).entries.length;
}

describe('a tag that was deleted', () => {
  it('is gone from every answer at once, also from memory, and comes back as it was', async () => {
    const one = await pushed('v1');
    const { repository, image } = one;
    await expectWhole(one, 'v1'); // now it is in memory
    await registry().client.deleteManifest(repository, 'v1');
    expect(await statusOf('GET', `${repository}/manifests/v1`)).toBe(404);
    expect(await statusOf('HEAD', `${repository}/manifests/v1`)).toBe(404);
    expect(await registry().client.tags(repository)).toEqual([]);
    expect(await statusOf('GET', `${repository}/manifests/${image.manifest.digest}`)).toBe(200);

    const report = await restore({ repository, tag: parseTag('v1') });
    expect(report.tags).toMatchObject([{ repository, tag: 'v1', digest: image.manifest.digest }]);
    await expectWhole(one, 'v1');
    expect(await registry().client.tags(repository)).toEqual(['v1']);
    expect(await entriesOf(repository)).toBe(0);
  });

  it('comes back with its manifest, which was deleted later', async () => {
    const one = await pushed('v1');
    const { repository, image } = one;
    await registry().client.deleteManifest(repository, 'v1');
    await registry().client.deleteManifest(repository, image.manifest.digest);
    await later().collect();
    const report = await restore({ repository, tag: parseTag('v1') });
    expect(report.manifests).toMatchObject([{ digest: image.manifest.digest }]);
    await expectWhole(one, 'v1');
    expect(await entriesOf(repository)).toBe(0);
  });

  it('does not push aside the one that was made meanwhile, and stays in the trash', async () => {
    const { repository, image } = await pushed('v1');
    const other = imageOf([randomBlob(20)]);
    await registry().client.deleteManifest(repository, 'v1');
    await registry().client.pushImage(repository, other, 'v1');
    const report = await restore({ repository, tag: parseTag('v1') });
    const [digest, trashed] = [other.manifest.digest, image.manifest.digest];
    expect(report).toMatchObject({ tags: [], kept: [{ repository, tag: 'v1', digest, trashed }] });
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(other.manifest.bytes);

    await registry().client.deleteManifest(repository, other.manifest.digest);
    const entries = (await registry().trash.list({ repository }, { limit: 10 })).entries;
    await restore({ id: entries.at(-1)?.id ?? 0 });
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(image.manifest.bytes);
  });
});

describe('a manifest that was deleted', () => {
  it('is gone by digest and by every tag, and its blobs with it, until it comes back with the same bytes', async () => {
    const one = await pushed('v1');
    const { repository, image } = one;
    await registry().client.pushManifest(repository, image.manifest, 'latest');
    await later().client.deleteManifest(repository, image.manifest.digest);
    const [, layer] = image.blobs;
    for (const path of [
      `manifests/${image.manifest.digest}`,
      'manifests/v1',
      'manifests/latest',
      `blobs/${layer?.digest}`,
    ]) {
      expect(await statusOf('GET', `${repository}/${path}`)).toBe(404);
      expect(await statusOf('HEAD', `${repository}/${path}`)).toBe(404);
    }
    const elsewhere = newRepository();
    const mount = await registry().client.send(
      'POST',
      `/v2/${elsewhere}/blobs/uploads/?mount=${layer?.digest}&from=${repository}`,
    );
    expect(mount.status).toBe(202);

    // Collections come and go: what the trash keeps stays.
    await later().collect();
    const report = await restore({ repository, digest: parseDigest(image.manifest.digest) });
    expect(report.tags.map(({ tag }) => String(tag)).toSorted()).toEqual(['latest', 'v1']);
    await expectWhole(one, 'v1');
    await later().collect();
    await expectWhole(one, 'latest');
  });

  it('keeps blobs that another manifest of the repository names', async () => {
    const layer = randomBlob(30);
    const repository = parseRepositoryName(newRepository());
    const [one, two] = [imageOf([layer]), imageOf([layer, randomBlob(5)])];
    await registry().client.pushImage(repository, one, 'one');
    await registry().client.pushImage(repository, two, 'two');
    await later().client.deleteManifest(repository, one.manifest.digest);
    expect(await statusOf('HEAD', `${repository}/blobs/${layer.digest}`)).toBe(200);
    await expectWhole({ repository, image: two }, 'two');
  });

  it('leaves a blob that somebody is about to name', async () => {
    const layer = randomBlob(30);
    const repository = parseRepositoryName(newRepository());
    const one = imageOf([layer]);
    const two = imageOf([layer, randomBlob(1)]);
    await registry().client.pushImage(repository, one, 'one');
    registry().clock.advance(4000);
    for (const blob of two.blobs) {
      if ((await statusOf('HEAD', `${repository}/blobs/${blob.digest}`)) === 404)
        await registry().client.pushBlob(repository, blob);
    }
    await registry().client.deleteManifest(repository, one.manifest.digest);
    await registry().client.pushManifest(repository, two.manifest, 'two');
    await expectWhole({ repository, image: two }, 'two');
  });

  it('is only the tag that was asked for, where a plan deleted many', async () => {
    const repository = parseRepositoryName(newRepository());
    const images = [imageOf([randomBlob(1)]), imageOf([randomBlob(2)]), imageOf([randomBlob(3)])];
    for (const [index, image] of images.entries()) await registry().client.pushImage(repository, image, `v${index}`);
    const targets = images.map(({ manifest }, index) => ({
      digest: parseDigest(manifest.digest),
      tags: [parseTag(`v${index}`)],
    }));
    const { trash, deleted } = await registry().deletions.deleteMany(repository, targets, {
      actor: SOMEBODY,
      planId: 'plan-1',
    });
    expect(deleted.length).toBe(3);
    await restore({ repository, tag: parseTag('v1') });
    expect(await registry().client.tags(repository)).toEqual(['v1']);
    expect(await registry().trash.get(trash?.id ?? 0)).toMatchObject({ manifests: 2, tags: 2, planId: 'plan-1' });
    expect((await restore({ planId: 'plan-1' })).manifests.length).toBe(2);
    expect(await registry().client.tags(repository)).toEqual(['v0', 'v1', 'v2']);
  });

  it('cannot be restored twice, and saying so harms nothing', async () => {
    const one = await pushed('v1');
    await registry().client.deleteManifest(one.repository, one.image.manifest.digest);
    const target = { repository: one.repository, tag: parseTag('v1') };
    const outcomes = await Promise.allSettled([restore(target), restore(target), restore(target)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    await expectWhole(one, 'v1');
    const again = await restore(target).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(NotInTrashError);
  });

  it('is gone for good when its time is over, or when the trash is emptied', async () => {
    const one = await pushed('v1');
    const two = await pushed('v1');
    for (const { repository, image } of [one, two]) {
      await registry().client.deleteManifest(repository, image.manifest.digest);
    }
    expect(await registry().trash.empty({ repository: two.repository }, SOMEBODY)).toBe(1);
    for (const _ of [1, 2]) {
      const outcome = await restore({ repository: two.repository, tag: parseTag('v1') }).catch(
        (error: unknown) => error,
      );
      expect(outcome).toBeInstanceOf(NotInTrashError);
    }
    registry().clock.advance(WEEK - 1);
    expect(await entriesOf(one.repository)).toBe(1);
    registry().clock.advance(1);
    expect(await entriesOf(one.repository)).toBe(0);
    const late = await restore({ repository: one.repository, tag: parseTag('v1') }).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(NotInTrashError);
  });
});

describe('an index that was deleted', () => {
  it('brings back its children, what refers to it and the tags of its signatures, that a collection took', async () => {
    const { client } = registry();
    const repository = parseRepositoryName(newRepository());
    const children = [imageOf([randomBlob(4)]), imageOf([randomBlob(5)])];
    for (const child of children) await client.pushImage(repository, child);
    const index = indexOf(children.map(({ manifest }) => manifest));
    await client.pushManifest(repository, index, 'multi');
    const sbom = imageOf([randomBlob(6)], { subject: descriptorOf(index), artifactType: 'application/spdx+json' });
    await client.pushImage(repository, sbom);
    const signature = imageOf([randomBlob(7)]);
    const signatureTag = `${index.digest.replace(':', '-')}.sig`;
    await client.pushImage(repository, signature, signatureTag);

    await later().client.deleteManifest(repository, index.digest);
    await later().collect();
    await later().collect();
    for (const { manifest } of [...children, sbom, signature]) {
      expect(await statusOf('GET', `${repository}/manifests/${manifest.digest}`)).toBe(404);
    }
    const referrers = await client.send('GET', `/v2/${repository}/referrers/${index.digest}`);
    expect(await referrers.json()).toMatchObject({ manifests: [] });

    const report = await restore({ repository, tag: parseTag('multi') });
    expect(report.missing).toEqual([]);
    expect(await client.pullManifest(repository, 'multi')).toEqual(index.bytes);
    for (const image of [...children, sbom, signature]) await expectWhole({ repository, image });
    expect(await client.tags(repository)).toEqual([signatureTag, 'multi'].toSorted());
    const listed = await client.send('GET', `/v2/${repository}/referrers/${index.digest}`);
    expect(await listed.json()).toMatchObject({ manifests: [{ digest: sbom.manifest.digest }] });
    expect(await entriesOf(repository)).toBe(0);
  });

  it('says which child was purged meanwhile', async () => {
    const { client } = registry();
    const repository = parseRepositoryName(newRepository());
    const child = imageOf([randomBlob(4)]);
    await client.pushImage(repository, child);
    const index = indexOf([child.manifest]);
    await client.pushManifest(repository, index, 'multi');
    await client.deleteManifest(repository, child.manifest.digest);
    await registry().trash.empty({ repository }, SOMEBODY);
    await client.deleteManifest(repository, index.digest);
    await later().collect();
    const report = await restore({ repository, tag: parseTag('multi') });
    expect(report.missing).toMatchObject([{ digest: child.manifest.digest, neededBy: index.digest }]);
    expect(await client.pullManifest(repository, 'multi')).toEqual(index.bytes);
  });
});

describe('a manifest that is pushed again after it was deleted', () => {
  it('lives on whatever becomes of the trash', async () => {
    const one = await pushed('v1');
    await later().client.deleteManifest(one.repository, one.image.manifest.digest);
    await registry().client.pushImage(one.repository, one.image, 'v1');
    await registry().trash.empty({ repository: one.repository }, SOMEBODY);
    await later().collect();
    await later().collect();
    await expectWhole(one, 'v1');
  });
});

it('what was deleted, and by whom and what came back, is written down', async () => {
  const { repository, image } = await pushed('v1');
  await registry().deletions.deleteManifest(repository, parseDigest(image.manifest.digest), SOMEBODY);
  await restore({ repository, tag: parseTag('v1') });
  const moves = await registry().db.build((db) =>
    db
      .selectFrom('tag_moves')
      .innerJoin('repositories', 'repositories.id', 'tag_moves.repository_id')
      .select(['from_digest as from', 'to_digest as to', 'cause'])
      .where('repositories.name', '=', repository)
      .orderBy('tag_moves.id'),
  );
  const { digest } = image.manifest;
  expect(moves).toMatchObject([
    { from: null, to: digest, cause: 'client' },
    { from: digest, to: null, cause: 'client' },
    { from: null, to: digest, cause: 'restore' },
  ]);
  const audit = await registry().db.build((db) =>
    db
      .selectFrom('audit')
      .select(['action', 'principal_name as by'])
      .where('repository', '=', repository)
      .orderBy('id'),
  );
  expect(audit.slice(-4)).toMatchObject([
    { action: 'tag.deleted', by: 'somebody' },
    { action: 'manifest.deleted' },
    { action: 'manifest.restored', by: 'somebody' },
    { action: 'tag.restored' },
  ]);
});

it('bytes that only the trash keeps are counted apart', async () => {
  const before = await registry().trash.totals();
  const { repository, image } = await pushed('v1');
  const bytes = image.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
  await later().client.deleteManifest(repository, image.manifest.digest);
  const deleted = await registry().trash.totals();
  expect(deleted.restorable.bytes - before.restorable.bytes).toBe(bytes);
  await registry().trash.empty({ repository }, SOMEBODY);
  const emptied = await registry().trash.totals();
  expect(emptied.restorable.bytes).toBe(before.restorable.bytes);
  expect(emptied.reclaimable.bytes - deleted.reclaimable.bytes).toBe(bytes);
});
