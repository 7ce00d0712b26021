import { describe, expect, it } from 'bun:test';
import { descriptorOf, imageOf, indexOf, randomBlob, type Content } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { sharedEngines } from '../../test/support/engines.ts';
import { systemActor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const A = parseRepositoryName('a');
const ADMIN = systemActor('admin');

const ENGINES: readonly (readonly [string, (() => Promise<Database>)?])[] = [
  ['SQLite'],
  ...sharedEngines('garbage collection and the trash')
    .filter(({ name }) => name === 'PostgreSQL')
    .map(({ name, open }) => [name, open] as const),
];

async function statusOf({ client }: RegistryUnderTest, { digest }: Content, repository = 'a'): Promise<number> {
  return (await client.send('GET', `/v2/${repository}/manifests/${digest}`)).status;
}

async function restoreAll(registry: RegistryUnderTest): Promise<void> {
  const { items } = await entriesOf(registry);
  for (const { id } of items) await registry.trash.restore({ id }, ADMIN);
}

async function entriesOf({ db }: RegistryUnderTest): Promise<{ readonly items: readonly { readonly id: number }[] }> {
  return { items: await db.build((kysely) => kysely.selectFrom('trash').select('id').orderBy('id', 'desc')) };
}

async function countRows({ db }: RegistryUnderTest): Promise<number> {
  let count = 0;
  for (const table of [
    'tags',
    'manifests',
    'manifest_edges',
    'links',
    'trash',
    'trashed_edges',
    'trashed_tags',
  ] as const) {
    count += (await db.build((kysely) => kysely.selectFrom(table).selectAll())).length;
  }
  for (const table of ['trashed_manifests', 'trashed_repositories', 'manifest_contents', 'blobs'] as const) {
    count += (await db.build((kysely) => kysely.selectFrom(table).selectAll())).length;
  }
  return count;
}

describe.each(ENGINES)('what belonged to what was deleted, on %s', (_name, database) => {
  const open = (): Promise<RegistryUnderTest> => openRegistry(database === undefined ? {} : { database });

  it('joins it in the trash: children of an index and signatures, by subject and by tag, through any chain', async () => {
    await using registry = await open();
    const { client, clock } = registry;
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    for (const image of images) await client.pushImage('a', image);
    const index = indexOf(images.map(({ manifest }) => manifest));
    await client.pushManifest('a', index, 'v1');
    const signature = imageOf([randomBlob(30)], { subject: descriptorOf(index) });
    const timestamp = imageOf([randomBlob(40)], { subject: descriptorOf(signature.manifest) });
    const cosign = imageOf([randomBlob(50)], { annotations: { by: 'cosign' } });
    for (const referrer of [signature, timestamp]) await client.pushImage('a', referrer);
    await client.pushImage('a', cosign, `${index.digest.replace(':', '-')}.sig`);
    const all = [...images, signature, timestamp, cosign].map(({ manifest }) => manifest);
    clock.advance(2 * HOUR);
    await client.deleteManifest('a', index.digest);
    expect(await registry.collect({ graceSeconds: HOUR, deleteUntagged: false })).toMatchObject({ manifests: 0 });
    for (const manifest of all) expect(await statusOf(registry, manifest)).toBe(200);
    clock.advance(HOUR);
    const foreseen = await registry.collect({ graceSeconds: HOUR, deleteUntagged: false, dryRun: true });
    const report = await registry.collect({ graceSeconds: HOUR, deleteUntagged: false });
    expect(report).toMatchObject({ manifests: 5, blobs: 0 });
    expect(report).toEqual({ ...foreseen, dryRun: false });
    for (const manifest of [index, ...all]) expect(await statusOf(registry, manifest)).toBe(404);
    await restoreAll(registry);
    for (const manifest of [index, ...all]) expect(await statusOf(registry, manifest)).toBe(200);
    expect(await client.tags('a')).toEqual([`${index.digest.replace(':', '-')}.sig`, 'v1']);
    for (const blob of images.flatMap(({ blobs }) => blobs)) {
      expect(await client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
    }
  });

  it('stays when something else keeps it: a tag, another index, or that what was deleted was pushed again', async () => {
    await using registry = await open();
    const { client, clock } = registry;
    const [tagged, shared, again] = [imageOf([randomBlob(1)]), imageOf([randomBlob(2)]), imageOf([randomBlob(3)])];
    await client.pushImage('a', tagged, 'mine');
    for (const image of [shared, again]) await client.pushImage('a', image);
    const one = indexOf([tagged.manifest, shared.manifest]);
    const other = indexOf([shared.manifest], { annotations: { other: 'yes' } });
    const back = indexOf([again.manifest]);
    for (const [place, index] of [one, other, back].entries()) await client.pushManifest('a', index, `v${place}`);
    clock.advance(2 * HOUR);
    for (const { digest } of [one, back]) await client.deleteManifest('a', digest);
    await client.pushManifest('a', back, 'v3');
    clock.advance(2 * HOUR);
    expect(await registry.collect({ graceSeconds: HOUR, deleteUntagged: true })).toMatchObject({ manifests: 0 });
    for (const { manifest } of [tagged, shared, again]) expect(await statusOf(registry, manifest)).toBe(200);
  });
});

describe.each(ENGINES)('images whose time is over, on %s', (_name, database) => {
  it('go into the trash with their tags, and can be restored', async () => {
    await using registry = await openRegistry(database === undefined ? {} : { database });
    const { client, clock } = registry;
    const image = imageOf([randomBlob(10)], { annotations: { 'quay.expires-after': '2h' } });
    await client.pushImage('a', image, 'short');
    const forever = imageOf([randomBlob(20)]);
    await client.pushImage('a', forever, 'long');
    await registry.db.transaction(async (tx) => {
      await tx.build((kysely) =>
        kysely
          .updateTable('manifests')
          .set({ expires_at: clock.now().getTime() + 2 * HOUR * 1000 })
          .where('digest', '=', parseDigest(image.manifest.digest)),
      );
    });
    clock.advance(HOUR);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ expired: 0 });
    clock.advance(2 * HOUR);
    const foreseen = await registry.collect({ graceSeconds: HOUR, deleteUntagged: false, dryRun: true });
    const report = await registry.collect({ graceSeconds: HOUR, deleteUntagged: false });
    expect(report).toMatchObject({ expired: 1, manifests: 0, blobs: 0 });
    expect(report).toEqual({ ...foreseen, dryRun: false });
    expect(await client.tags('a')).toEqual(['long']);
    await restoreAll(registry);
    expect(await client.pullManifest('a', 'short')).toEqual(image.manifest.bytes);
  });
});

describe.each(ENGINES)('the trash, when its time is over, on %s', (_name, database) => {
  const open = (): Promise<RegistryUnderTest> => openRegistry(database === undefined ? {} : { database });

  it('goes with all that it kept', async () => {
    await using registry = await open();
    const image = imageOf([randomBlob(100)]);
    await registry.client.pushImage('a', image, 'v1');
    registry.clock.advance(2 * HOUR);
    await registry.client.deleteManifest('a', image.manifest.digest);
    registry.clock.advance(8 * DAY);
    const foreseen = await registry.collect({ graceSeconds: HOUR, dryRun: true });
    const report = await registry.collect({ graceSeconds: HOUR });
    expect(report).toMatchObject({ purged: 1, blobs: 2 });
    expect(report).toEqual({ ...foreseen, dryRun: false });
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
    expect(await countRows(registry)).toBe(0);
  });

  it('takes a whole repository in pieces, and nothing of the one that has its name now', async () => {
    await using registry = await open();
    const { client, clock } = registry;
    const image = imageOf([randomBlob(10)]);
    await client.pushImage('a', image, 'v0');
    const tags = Array.from({ length: 1200 }, (_, place) => `v${place + 1}`);
    await registry.db.transaction(async (tx) => {
      const [row] = await tx.build((kysely) => kysely.selectFrom('tags').selectAll());
      if (row !== undefined) {
        const rows = tags.map((name) => ({ ...row, name: name as typeof row.name }));
        await tx.build((kysely) => kysely.insertInto('tags').values(rows));
      }
    });
    clock.advance(2 * HOUR);
    await registry.deletions.deleteRepository(A, ADMIN);
    const kept = imageOf([randomBlob(20)]);
    await client.pushImage('a', kept, 'new');
    clock.advance(3 * DAY);
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({
      purged: 0,
      blobs: 0,
      links: 0,
      manifests: 0,
    });
    clock.advance(5 * DAY);
    const foreseen = await registry.collect({ graceSeconds: HOUR, dryRun: true });
    const report = await registry.collect({ graceSeconds: HOUR });
    expect(report).toMatchObject({ purged: 1, blobs: 2 });
    expect(report).toEqual({ ...foreseen, dryRun: false });
    expect(await client.tags('a')).toEqual(['new']);
    for (const blob of kept.blobs) expect(await client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
    expect((await registry.store.usage()).files).toBe(2);
  });

  it('cannot be restored once it has begun to go, and the next run takes the rest', async () => {
    await using registry = await open();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('a', image, 'v1');
    registry.clock.advance(2 * HOUR);
    await registry.client.deleteManifest('a', image.manifest.digest);
    // As a run that was killed after its first statement leaves it.
    await registry.db.transaction((tx) => tx.build((kysely) => kysely.updateTable('trash').set({ expires_at: 0 })));
    const [entry] = (await entriesOf(registry)).items;
    expect(await registry.trash.restore({ id: entry?.id ?? 0 }, ADMIN).catch((error: unknown) => error)).toBeInstanceOf(
      Error,
    );
    expect(await registry.collect({ graceSeconds: HOUR })).toMatchObject({ purged: 1, blobs: 2 });
    expect(await countRows(registry)).toBe(0);
  });
});
