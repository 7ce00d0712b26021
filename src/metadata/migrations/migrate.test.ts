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

  it('of a version that counted nothing has counted what is there', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    const before = Object.entries(MIGRATIONS).filter(([name]) => name < '0005');
    await migrateToLatest(db, 'sqlite', Object.fromEntries(before));
    file.run(`insert into repositories (id, name, created_at) values (1, 'a', 1), (2, 'b', 1), (3, 'empty', 1)`);
    file.run(`insert into blobs values ('shared', 5, 'x', 1), ('own', 7, 'y', 1)`);
    file.run(`insert into links values (1, 'shared', 1), (1, 'own', 1), (2, 'shared', 1), (2, 'lost', 1)`);
    file.run(`insert into manifests values (1, 'm', 'type', 3, null, null, null, 0, 1, null)`);
    file.run(`insert into tags values (1, 'v1', 'm', 1), (1, 'v2', 'm', 1)`);
    await migrateToLatest(db, 'sqlite');
    expect(file.query('select * from repository_usage order by repository_id').values()).toEqual([
      [1, 0, 12, 7, 2, 3, 1, 2],
      [2, 0, 5, 0, 2, 0, 0, 0],
    ]);
  });

  it('of a version that knew no other registries has its policies for itself', async () => {
    using file = new SqliteFile(':memory:', { strict: true });
    const db = kyselyOver(file);
    const before = Object.entries(MIGRATIONS).filter(([name]) => name < '0009');
    await migrateToLatest(db, 'sqlite', Object.fromEntries(before));
    file.run(`insert into policies values (1, 'old', '["**"]', 'ecr', '{}', '@daily', 'UTC', 1, 0, 5, 1, 1, 'ada')`);
    await migrateToLatest(db, 'sqlite');
    expect(file.query('select name, next_run_at, connection from policies').values()).toEqual([['old', 5, null]]);
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
