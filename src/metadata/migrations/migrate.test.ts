import { Database as SqliteFile } from 'bun:sqlite';
import { describe, expect, it } from 'bun:test';
import { kyselyOver } from '../sqlite/kysely-dialect.ts';
import { isUpToDate, MIGRATIONS, migrateToLatest, type Migrations } from './migrate.ts';

const NEWER: Migrations = {
  ...MIGRATIONS,
  '9999-newer': (db) => db.schema.createTable('newer').addColumn('id', 'bigint').execute(),
};

function tables(file: SqliteFile): readonly unknown[] {
  return file.query(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`).values().flat();
}

describe('a database', () => {
  it('that is new is brought up to date, once', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    expect(await isUpToDate(db, 'sqlite')).toBe(false);
    await migrateToLatest(db, 'sqlite');
    expect(await isUpToDate(db, 'sqlite')).toBe(true);
    await migrateToLatest(db, 'sqlite');
    expect(tables(file)).toContain('manifests');
  });

  it('of a newer version serves an older one, and stays as it is', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    await migrateToLatest(db, 'sqlite', NEWER);
    expect(await isUpToDate(db, 'sqlite')).toBe(true);
    await migrateToLatest(db, 'sqlite');
    expect(tables(file)).toContain('newer');
    expect(await isUpToDate(db, 'sqlite', NEWER)).toBe(true);
  });

  it('of an older version gets what is new, and keeps what it has', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    await migrateToLatest(db, 'sqlite');
    file.run(`insert into blobs values ('sha256:aa', 1, 'key', 1)`);
    await migrateToLatest(db, 'sqlite', NEWER);
    expect(tables(file)).toContain('newer');
    expect(file.query('select digest from blobs').values()).toEqual([['sha256:aa']]);
  });

  it('whose migration fails is left as it was', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    await migrateToLatest(db, 'sqlite');
    const failing: Migrations = {
      ...MIGRATIONS,
      '9999-failing': (target) => Promise.reject(new Error(`no: ${typeof target}`)),
    };
    const outcome = await migrateToLatest(db, 'sqlite', failing).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ cause: { message: 'no: object' } });
    expect(await isUpToDate(db, 'sqlite')).toBe(true);
    expect(await isUpToDate(db, 'sqlite', failing)).toBe(false);
  });
});
