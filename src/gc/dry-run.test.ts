import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { descriptorOf, imageOf, indexOf, randomBlob, type Image } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Database } from '../metadata/database.ts';
import { parseDigest } from '../oci/digest.ts';
import { newUploadId } from '../oci/upload-id.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';

const TABLES = [
  'repositories',
  'blobs',
  'links',
  'forgotten_blobs',
  'manifest_contents',
  'manifests',
  'manifest_edges',
  'tags',
  'uploads',
] as const;

/** A store that fails to delete while the power is off. */
class DyingStore extends MemoryStore {
  readonly #power: { isOn: boolean };

  constructor(power: { isOn: boolean }, now: () => Date) {
    super(now);
    this.#power = power;
  }

  override async delete(key: StorageKey): Promise<void> {
    if (!this.#power.isOn) throw new Error('the power went');
    await super.delete(key);
  }
}

/** Everything that a collection could change. */
async function stateOf(registry: RegistryUnderTest): Promise<unknown> {
  const rowsOf = async (table: (typeof TABLES)[number]): Promise<string[]> => {
    const rows = await registry.db.build<object>((kysely) => kysely.selectFrom(table).selectAll());
    return rows.map((row) => JSON.stringify(row)).toSorted();
  };
  const rows = await Promise.all(TABLES.map(rowsOf));
  const keys = (await Array.fromAsync(registry.store.listKeys())).map(({ key }) => key).toSorted();
  return { rows, keys, uploads: (await Array.fromAsync(registry.store.listIdle(-1))).toSorted() };
}

/** Bytes that a crash left: committed, and named by no row. */
async function leaveLeftover(registry: RegistryUnderTest): Promise<void> {
  const id = newUploadId();
  const blob = randomBlob(10);
  await registry.store.create(id);
  const body = new Blob([blob.bytes as Uint8Array<ArrayBuffer>]).stream();
  await registry.store.append(id, body, { at: 0, signal: new AbortController().signal });
  await registry.store.commit(id, parseDigest(blob.digest));
}

/** What happens to a registry, in an order that fast-check chooses; `which` is one of a few images. */
type Event = readonly [
  (
    | 'push'
    | 'push untagged'
    | 'index'
    | 'refer'
    | 'delete tag'
    | 'delete'
    | 'blob'
    | 'head'
    | 'upload'
    | 'leftover'
    | 'hour'
  ),
  number,
];

const EVENTS = fc.array(
  fc.tuple(
    fc.constantFrom<Event[0]>(
      'push',
      'push untagged',
      'index',
      'refer',
      'delete tag',
      'delete',
      'blob',
      'head',
      'upload',
      'leftover',
      'hour',
    ),
    fc.nat(2),
  ),
  { minLength: 3, maxLength: 14 },
);

const SHARED_LAYER = randomBlob(30);

async function play(registry: RegistryUnderTest, events: readonly Event[]): Promise<void> {
  const images = [imageOf([SHARED_LAYER]), imageOf([SHARED_LAYER, randomBlob(20)]), imageOf([randomBlob(10)])];
  const { client } = registry;
  for (const [kind, which] of events) {
    const image: Image = images[which] ?? imageOf([]);
    const repository = `r${which % 2}`;
    const tag = `v${which}`;
    switch (kind) {
      case 'push':
        await client.pushImage(repository, image, tag);
        break;
      case 'push untagged':
        await client.pushImage(repository, image);
        break;
      case 'index':
        await client.pushManifest(repository, indexOf([image.manifest]), `index-${which}`);
        break;
      case 'refer':
        await client.pushImage(repository, imageOf([randomBlob(5)], { subject: descriptorOf(image.manifest) }));
        break;
      case 'delete tag':
        await client.send('DELETE', `/v2/${repository}/manifests/${tag}`);
        break;
      case 'delete':
        await client.send('DELETE', `/v2/${repository}/manifests/${image.manifest.digest}`);
        break;
      case 'blob':
        await client.pushBlob(repository, randomBlob(40));
        break;
      case 'head':
        await client.send('HEAD', `/v2/${repository}/blobs/${SHARED_LAYER.digest}`);
        break;
      case 'upload':
        await client.openUpload(repository);
        break;
      case 'leftover':
        await leaveLeftover(registry);
        break;
      case 'hour':
        registry.clock.advance(3600);
        break;
    }
  }
}

/** The same, where others write, too: there it only reads. */
const DATABASES: readonly (readonly [string, ((db: Database) => Database)?])[] = [
  ['of its own'],
  ['that others write to', (db) => ({ ...db, isShared: true })],
];

describe.each(DATABASES)('a dry run on a database %s', (_name, seenDatabase) => {
  it('changes nothing, and says exactly what the run after it does', async () => {
    const options = fc.record({
      deleteUntagged: fc.boolean(),
      graceSeconds: fc.constantFrom(0, 3600, 7200),
      uploadIdleSeconds: fc.constantFrom(3600, 86_400),
    });
    const property = fc.asyncProperty(EVENTS, options, async (events, wanted) => {
      await using registry = await openRegistry({ ...(seenDatabase !== undefined && { seenDatabase }) });
      await play(registry, events);
      registry.clock.advance(61);
      const before = await stateOf(registry);
      const { dryRun: _dry, ...predicted } = await registry.collect({ ...wanted, dryRun: true });
      expect(await stateOf(registry)).toEqual(before);
      const { dryRun: _real, ...done } = await registry.collect(wanted);
      expect(done).toEqual(predicted);
      const again = await registry.collect(wanted);
      expect(again).toMatchObject({ manifests: 0, links: 0, blobs: 0, bytes: 0, uploads: 0, leftovers: 0 });
    });
    await fc.assert(property, { numRuns: 25, endOnFailure: true });
  }, 60_000);

  it('says the same after a run that was interrupted before it swept', async () => {
    const power = { isOn: true };
    await using registry = await openRegistry({ store: (now) => new DyingStore(power, now) });
    await registry.client.pushBlob('a', randomBlob(100));
    await registry.client.pushBlob('a', randomBlob(200));
    registry.clock.advance(3600);
    power.isOn = false;
    expect(await registry.collect().catch((error: unknown) => error)).toMatchObject({ message: 'the power went' });
    power.isOn = true;
    const { dryRun: _dry, ...predicted } = await registry.collect({ dryRun: true });
    expect(predicted.bytes).toBe(300);
    expect((await registry.store.usage()).files).toBe(2);
    const { dryRun: _real, ...done } = await registry.collect();
    expect(done).toEqual(predicted);
    expect(await registry.store.usage()).toEqual({ bytes: 0, files: 0 });
  });

  it('lets pushes go on after it', async () => {
    await using registry = await openRegistry({ ...(seenDatabase !== undefined && { seenDatabase }) });
    await registry.client.pushBlob('a', randomBlob(100));
    registry.clock.advance(3600);
    const [report] = await Promise.all([
      registry.collect({ dryRun: true }),
      registry.client.pushImage('b', imageOf([randomBlob(10)]), 'v1'),
    ]);
    expect(report.blobs).toBe(1);
    expect(await registry.client.tags('b')).toEqual(['v1']);
  });
});
