import { expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { openMovingRegistry, TAKE_ALL } from '../../test/support/moving.ts';
import { findBlob } from '../metadata/blobs.ts';
import type { Database, LockName } from '../metadata/database.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import type { AdoptedContent, StorageKey } from '../storage/blob-store.ts';
import { BlobIntake } from './blob-intake.ts';
import type { MovingParts } from './taking.ts';
import { Tally } from './tally.ts';

const APP = parseRepositoryName('team/app');

/** Takes blobs into a store whose adoption is `adopt`. @param recordMilliseconds default: as in earnest. */
async function take(
  parts: MovingParts,
  blobs: readonly Content[],
  adopt: (digest: string) => Promise<void>,
  recordMilliseconds?: number,
) {
  const store = {
    read: () => new Blob(),
    size: async () => 0,
    delete: async () => undefined,
    adoption: {
      adopt: async (_from: unknown, expected: { digest: AdoptedContent['digest']; size: number }) => {
        await adopt(expected.digest);
        return { ...expected, key: `key of ${expected.digest}` as StorageKey, by: 'copied' as const };
      },
    },
  };
  const taking = {
    parts: { ...parts, store },
    options: TAKE_ALL,
    source: {
      size: async () => 1,
      content: () => ({ kind: 'file', path: '/nothing' }),
      stream: () => new Blob().stream(),
    } as never,
    tally: new Tally(() => undefined),
    signal: new AbortController().signal,
  };
  const wanted = blobs.map(({ digest }) => ({ digest: parseDigest(digest), size: 1, isOptional: false }));
  return new BlobIntake(taking, recordMilliseconds).take(APP, wanted);
}

it('records what came while other blobs still come: garbage collection would take it for a leftover', async () => {
  await using here = await openMovingRegistry();
  const [quick, slow] = [randomBlob(1), randomBlob(2)];
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
  const taken = take(
    here.parts,
    [quick, slow],
    async (digest) => {
      if (digest !== slow.digest) return;
      asked();
      await isDone;
    },
    1,
  );
  await isAsked;
  await eventually('the quick one is recorded', async () => {
    expect(await findBlob(here.parts.db, parseDigest(quick.digest))).toBeDefined();
  });
  expect(await findBlob(here.parts.db, parseDigest(slow.digest))).toBeUndefined();
  done();
  expect((await taken).size).toBe(2);
});

it('locks few of many blobs at a time: PostgreSQL has some ten thousand locks for everybody', async () => {
  await using here = await openMovingRegistry();
  let most = 0;
  const { db } = here.parts;
  const counting: Database = {
    isShared: db.isShared,
    all: (question, parameters) => db.all(question, parameters),
    first: (question, parameters) => db.first(question, parameters),
    build: (build) => db.build(build),
    snapshot: (work) => db.snapshot(work),
    close: () => db.close(),
    transaction: (work, options) =>
      db.transaction((tx) => {
        const lock = tx.lock.bind(tx);
        tx.lock = (mode, names: readonly LockName[]) => {
          most = Math.max(most, names.length);
          return lock(mode, names);
        };
        return work(tx);
      }, options),
  };
  const blobs = Array.from({ length: 2500 }, () => randomBlob(20));
  expect((await take({ ...here.parts, db: counting }, blobs, async () => undefined)).size).toBe(2500);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(1000);
});
