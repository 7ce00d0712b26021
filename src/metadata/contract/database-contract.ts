import { describe, expect, it } from 'bun:test';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import type { Database } from '../database.ts';
import { ensureRepository, findRepositoryId } from '../repositories.ts';

/** Opens the same database again and again; each suite has one of its own. */
export type OpenDatabase = () => Promise<Database>;

const NOW = new Date('2026-01-02T03:04:05Z');

function named(text: string): RepositoryName {
  return parseRepositoryName(text);
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
  });
}
