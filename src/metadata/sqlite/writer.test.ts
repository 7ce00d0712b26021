import { Database as SqliteFile } from 'bun:sqlite';
import { describe, expect, it } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFullError } from '../../oci/errors.ts';
import { migrateToLatest } from '../migrations/migrate.ts';
import { insertSecret, listSecrets } from '../secrets.ts';
import { SqliteConnection } from './connection.ts';
import { kyselyOver } from './kysely-dialect.ts';
import { SqliteWriter } from './writer.ts';

const LARGE = 'x'.repeat(1_000_000);

/** A database that may grow by a few pages only, as on a disk that is nearly full. */
async function withAlmostFullDatabase(
  test: (parts: {
    save: (id: string, value?: string) => Promise<void>;
    saved: () => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'havre-writer-'));
  const file = new SqliteFile(join(folder, 'havre.db'), { create: true, strict: true });
  try {
    file.run('PRAGMA journal_mode=WAL');
    const kysely = kyselyOver(file);
    await migrateToLatest(kysely, 'sqlite');
    const { page_count: pages } = file.query<{ page_count: number }, []>('PRAGMA page_count').get() ?? {
      page_count: 0,
    };
    file.run(`PRAGMA max_page_count=${pages + 4}`);
    const connection = new SqliteConnection(file, kysely);
    const writer = new SqliteWriter(connection);
    await test({
      save: (id, value = 'small') =>
        writer.run((tx) => insertSecret(tx, { id, purpose: 'test', value }, new Date(0)), true),
      saved: async () => (await listSecrets(connection, 'test')).map((secret) => secret.id),
    });
    await writer.close();
  } finally {
    file.close();
    await rm(folder, { recursive: true });
  }
}

describe('a batch that fills the disk', () => {
  it('leaves nothing of any of its transactions, and each is told that the disk is full', () =>
    withAlmostFullDatabase(async ({ save, saved }) => {
      const outcomes = await Promise.allSettled([save('before'), save('large', LARGE), save('after')]);

      const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
      expect(reasons).toEqual(Array(3).fill(expect.any(StorageFullError)));
      expect(await saved()).toEqual([]);
    }));

  it('does not keep the next one from what still fits', () =>
    withAlmostFullDatabase(async ({ save, saved }) => {
      expect(await save('large', LARGE).catch((error: unknown) => error)).toBeInstanceOf(StorageFullError);

      await save('small');

      expect(await saved()).toEqual(['small']);
    }));
});
