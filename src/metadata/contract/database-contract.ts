import { describe, expect, it } from 'bun:test';
import { StorageUnavailableError } from '../../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { findBookmark, saveBookmark } from '../bookmarks.ts';
import type { Database, Transaction } from '../database.ts';
import { firstStartLock, repositoryLock } from '../locks.ts';
import { ensureRepository, findRepositoryId } from '../repositories.ts';

/** Opens the same database again and again; each suite has one of its own. */
export type OpenDatabase = () => Promise<Database>;

const NOW = new Date('2026-01-02T03:04:05Z');

function named(text: string): RepositoryName {
  return parseRepositoryName(text);
}

/** Reads a number and writes the next one, as whoever decides by what he reads. */
export async function countOne(tx: Transaction): Promise<void> {
  const count = Number((await findBookmark(tx, 'count')) ?? 0);
  await saveBookmark(tx, 'count', String(count + 1), NOW);
}

/** What every engine must do with transactions. A new engine is done when this passes, unchanged. */
export function databaseContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  describe(`${engine}, as a database`, () => {
    it(
      'shows what a transaction wrote to reads that follow it, and to none before',
      withDatabase(async (open) => {
        const db = await open();
        await db.transaction(async (tx) => {
          await ensureRepository(tx, named('a'), NOW);
          expect(await findRepositoryId(db, named('a'))).toBeUndefined();
          expect(await findRepositoryId(tx, named('a'))).toBeDefined();
        });
        expect(await findRepositoryId(db, named('a'))).toBeDefined();
        await db.close();
      }),
    );

    it(
      'leaves nothing of a transaction that failed, and all of those that waited beside it',
      withDatabase(async (open) => {
        const db = await open();
        const outcomes = await Promise.allSettled([
          db.transaction((tx) => ensureRepository(tx, named('before'), NOW)),
          db.transaction(async (tx) => {
            await ensureRepository(tx, named('failed'), NOW);
            throw new Error('refused');
          }),
          db.transaction((tx) => ensureRepository(tx, named('after'), NOW)),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await findRepositoryId(db, named('before'))).toBeDefined();
        expect(await findRepositoryId(db, named('failed'))).toBeUndefined();
        expect(await findRepositoryId(db, named('after'))).toBeDefined();
        await db.close();
      }),
    );

    it(
      'gives one repository to a hundred that make it at once',
      withDatabase(async (open) => {
        const db = await open();
        const makers = Array.from({ length: 100 }, () =>
          db.transaction((tx) => ensureRepository(tx, named('shared'), NOW)),
        );
        expect(new Set(await Promise.all(makers)).size).toBe(1);
        await db.close();
      }),
    );

    it(
      'keeps what was written, durable or not, when it is closed and opened again',
      withDatabase(async (open) => {
        const first = await open();
        const kept = await first.transaction((tx) => ensureRepository(tx, named('kept'), NOW));
        const relaxed = await first.transaction((tx) => ensureRepository(tx, named('relaxed'), NOW), {
          durable: false,
        });
        await first.close();
        const second = await open();
        expect(await findRepositoryId(second, named('kept'))).toBe(kept);
        expect(await findRepositoryId(second, named('relaxed'))).toBe(relaxed);
        await second.close();
      }),
    );

    it(
      'loses nothing of what is decided by reading under a lock',
      withDatabase(async (open) => {
        const db = await open();
        const counting = Array.from({ length: 25 }, (_, i) =>
          db.transaction(
            async (tx) => {
              await tx.lock('exclusive', [firstStartLock(), repositoryLock(named(`a${i}`))]);
              await countOne(tx);
            },
            { durable: i % 2 === 0 },
          ),
        );
        await Promise.all(counting);
        expect(await findBookmark(db, 'count')).toBe('25');
        await db.close();
      }),
    );

    it(
      'has every lock that nobody else has, and none that was not asked for',
      withDatabase(async (open) => {
        const db = await open();
        const names = ['a', 'b'].map((name) => repositoryLock(named(name)));
        expect(await db.transaction((tx) => tx.tryLock(names))).toEqual(new Set(names));
        expect(await db.transaction((tx) => tx.tryLock([]))).toEqual(new Set());
        await db.transaction((tx) => tx.lock('shared', []));
        await db.close();
      }),
    );

    it(
      'is not changed by work that caught the failure of a statement',
      withDatabase(async (open) => {
        const db = await open();
        const caught = db.transaction(async (tx) => {
          await ensureRepository(tx, named('before'), NOW);
          const wrong = tx.build((kysely) => kysely.selectFrom('nowhere' as never).selectAll() as never);
          await wrong.catch(() => undefined);
          throw new Error('refused');
        });
        expect(await caught.catch((error: unknown) => error)).toBeInstanceOf(Error);
        expect(await findRepositoryId(db, named('before'))).toBeUndefined();
        expect(await db.transaction((tx) => ensureRepository(tx, named('after'), NOW))).toBeDefined();
        await db.close();
      }),
    );

    it(
      'shows one moment for as long as a snapshot takes, while others write',
      withDatabase(async (open) => {
        const db = await open();
        await db.transaction((tx) => ensureRepository(tx, named('before'), NOW));
        const seen = await db.snapshot(async (facts) => {
          await findRepositoryId(facts, named('before'));
          await db.transaction((tx) => ensureRepository(tx, named('meanwhile'), NOW));
          expect(await findRepositoryId(db, named('meanwhile'))).toBeDefined();
          return Promise.all(['before', 'meanwhile'].map((name) => findRepositoryId(facts, named(name))));
        });
        expect(seen).toEqual([expect.any(Number), undefined]);
        await db.close();
      }),
    );

    it(
      'refuses what is asked after it was closed, and finishes what was asked before',
      withDatabase(async (open) => {
        const db = await open();
        const before = Array.from({ length: 20 }, () =>
          db.transaction((tx) => ensureRepository(tx, named('before'), NOW)),
        );
        await db.close();
        expect(new Set(await Promise.all(before)).size).toBe(1);
        const after = db.transaction((tx) => ensureRepository(tx, named('after'), NOW));
        expect(await after.catch((error: unknown) => error)).toBeInstanceOf(StorageUnavailableError);
      }),
    );
  });
}
