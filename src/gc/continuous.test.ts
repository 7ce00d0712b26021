import { describe, expect, it } from 'bun:test';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { LeaseLostError } from '../jobs/leases.ts';
import type { StorageKey } from '../storage/blob-store.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import type { ContinuousOptions } from './collector.ts';
import { readCollectionState } from './pass-state.ts';
import type { PhaseName } from './phase.ts';

const HOUR = 3600;
const { signal } = new AbortController();
const TIMES: ContinuousOptions = {
  intervalSeconds: HOUR,
  graceSeconds: HOUR,
  uploadIdleSeconds: 24 * HOUR,
  mayRun: () => true,
};

const COLLECT = { dryRun: false, deleteUntagged: true, graceSeconds: HOUR, uploadIdleSeconds: 24 * HOUR };

async function pushGarbage({ client, clock }: RegistryUnderTest, count: number): Promise<void> {
  for (let place = 0; place < count; place += 1) await client.pushBlob('a', randomBlob(10));
  clock.advance(2 * HOUR);
}

/** Stops a collection in a phase, as a restart of the server does. */
async function stopIn(registry: RegistryUnderTest, phase: PhaseName, reason: Error): Promise<void> {
  const stop = new AbortController();
  const stopped = registry.collector.collect(COLLECT, stop.signal, (progress) => {
    if (progress.phase === phase) stop.abort(reason);
  });
  expect(await stopped.catch((error: unknown) => error)).toBe(reason);
}

describe('collections that run by themselves', () => {
  it('begin when it is time, and not sooner', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 3);
    expect(await registry.collector.goOn(TIMES, signal)).toMatchObject({ links: 3, blobs: 3, bytes: 30 });
    await pushGarbage(registry, 1);
    registry.clock.advance(-2 * HOUR);
    expect(await registry.collector.goOn(TIMES, signal)).toBeUndefined();
    registry.clock.advance(2 * HOUR);
    expect(await registry.collector.goOn(TIMES, signal)).toMatchObject({ blobs: 1 });
  });

  it('rest outside their hours', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 1);
    expect(await registry.collector.goOn({ ...TIMES, mayRun: () => false }, signal)).toBeUndefined();
    expect((await registry.store.usage()).files).toBe(1);
  });

  it('leave alone what is only untagged: nobody asked for that', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('a', imageOf([randomBlob(10)]));
    registry.clock.advance(2 * HOUR);
    expect(await registry.collector.goOn(TIMES, signal)).toMatchObject({ manifests: 0, blobs: 0 });
  });

  it('count what they did, for metrics and for whoever asks when', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 2);
    await registry.collector.goOn(TIMES, signal);
    expect(registry.collector.figures.total).toMatchObject({ blobs: 2, bytes: 20 });
    const { last, pass } = await readCollectionState(registry.db);
    expect({ last, pass }).toMatchObject({ last: { counts: { blobs: 2 } }, pass: undefined });
  });
});

describe('a pass that was interrupted', () => {
  it('goes on in the phase where it was', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 3);
    await stopIn(registry, 'blobs', new Error('the server stops'));
    const { pass } = await readCollectionState(registry.db);
    expect(pass).toMatchObject({ phase: 'blobs', counts: { links: 3, blobs: 3 } });
    // What came before is not looked at again.
    const late = randomBlob(5);
    await registry.client.pushBlob('b', late);
    registry.clock.advance(2 * HOUR);
    expect(await registry.collector.goOn(TIMES, signal)).toMatchObject({ links: 3, blobs: 3 });
    expect((await readCollectionState(registry.db)).pass).toBeUndefined();
    expect((await registry.store.usage()).files).toBe(1);
  });

  it('is not continued where somebody else has the work by now', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 1);
    await stopIn(registry, 'links', new LeaseLostError('garbage-collection'));
    expect((await readCollectionState(registry.db)).pass).toMatchObject({ phase: 'leftovers' });
  });

  it('is finished first by whoever asks for a collection, who then gets a whole one', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 2);
    await stopIn(registry, 'links', new Error('the server stops'));
    await pushGarbage(registry, 1);
    expect(await registry.collector.collect(COLLECT, signal)).toMatchObject({ links: 1, blobs: 3 });
    expect((await registry.store.usage()).files).toBe(0);
  });

  it('that deleted untagged manifests does not go on doing so by itself', async () => {
    await using registry = await openRegistry();
    await pushGarbage(registry, 1);
    await registry.client.pushImage('a', imageOf([randomBlob(10)]));
    registry.clock.advance(2 * HOUR);
    const stop = new AbortController();
    const first = registry.collector.collect(COLLECT, stop.signal, () => stop.abort(new Error('stop')));
    await first.catch(() => undefined);
    const before = (await registry.db.build((kysely) => kysely.selectFrom('manifests').select('digest'))).length;
    await registry.collector.goOn(TIMES, signal);
    expect((await registry.db.build((kysely) => kysely.selectFrom('manifests').select('digest'))).length).toBe(before);
  });
});

/** Refuses to delete one of its copies. */
class StubbornStore extends MemoryStore {
  refused: StorageKey | undefined;

  override async delete(key: StorageKey): Promise<void> {
    this.refused ??= key;
    if (key === this.refused) throw new Error('not this one');
    await super.delete(key);
  }
}

describe('what cannot be done', () => {
  it('keeps nothing else from being collected, and is told at the end', async () => {
    await using registry = await openRegistry({ store: (now) => new StubbornStore(now) });
    await pushGarbage(registry, 3);
    expect(await registry.collector.goOn(TIMES, signal).catch((error: unknown) => error)).toMatchObject({
      message: 'not this one',
    });
    expect((await registry.store.usage()).files).toBe(1);
    // The pass is over all the same: the next one begins at the beginning.
    expect(await readCollectionState(registry.db)).toMatchObject({ last: { counts: { blobs: 3 } } });
  });
});
