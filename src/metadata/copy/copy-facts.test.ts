import { Database as SqliteFile } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { join } from 'node:path';
import { memoryFolder, removeFolder } from '../../../test/support/folders.ts';
import { newPostgresDatabase, openTestPostgres, postgresRunsHere } from '../../../test/support/postgres.ts';
import type { Database } from '../database.ts';
import { openSqlite } from '../sqlite/open.ts';
import { COPIED_TABLES, LEFT_BEHIND, tableOf } from './copied-tables.ts';
import { copyFacts } from './copy-facts.ts';
import { fingerprintOf } from './table-fingerprint.ts';

const folder = memoryFolder('copy');
afterAll(() => removeFolder(folder));

let made = 0;
function openNew(): Promise<Database> {
  made += 1;
  return openSqlite(join(folder, `${made}.db`));
}

function sqlOf(place: number): SqliteFile {
  return new SqliteFile(join(folder, `${place}.db`), { strict: true });
}

/** What triggers fill. */
const COUNTED = ['repository_usage', 'quota_members', 'quota_usage'];

/** Some rows in every table, by hand: what the copy knows of tables must not be what the test knows. */
const ROWS = [
  `insert into repositories (id, name, created_at) values (3, 'team/app', 1), (7, 'base/os', 2)`,
  `insert into blobs values ('sha256:aa', 5, 'key-a', 1), ('sha256:bb', 0, 'key-b', 2)`,
  `insert into links values (3, 'sha256:aa', 1), (7, 'sha256:aa', 2), (7, 'sha256:bb', 2)`,
  `insert into forgotten_blobs values ('gone', 1, 1)`,
  `insert into manifest_contents values ('sha256:m1', x'00ff10'), ('sha256:m2', x'')`,
  `insert into manifests values (3, 'sha256:m1', 'type', 3, null, 'sha256:m2', '{"a":"b"}', 0, 5, null)`,
  `insert into manifest_edges values (3, 'sha256:m1', 'blob', 'sha256:aa')`,
  `insert into tags values (3, 'v1', 'sha256:m1', 6), (3, 'Latest', 'sha256:m1', 6)`,
  `insert into uploads values ('id', 'team/app', 'p', 1, 'note', 2, 3)`,
  `insert into users values ('u1', 'ada', 'hash', 4, 1, 0, 1)`,
  `insert into tokens values ('t1', 'ci', 'secret', 'u1', null, 1, null, null, 9), ('t0', 'ci', 's0', null, null, 1, null, 5, null)`,
  `insert into grants (id, principal_id, pattern, actions, created_at) values (4, 'u1', '**', 'pull', 1)`,
  `insert into secrets values ('s', 'bearer', 'value', 1)`,
  `insert into identity_changes values ('users', 5)`,
  `insert into leases values ('backup', 'me', 1, 1)`,
  `insert into bookmarks values ('scrub', '{}', 1)`,
  `insert into trash values (1, 'tag', 3, 'team/app', 'v0', 'sha256:m1', 1, 2, 'u1', 'ada', null, 'client', null)`,
  `insert into trashed_manifests values (1, 3, 'sha256:m1', 'type', 3, null, null, null, 0, 5, null)`,
  `insert into trashed_edges values (1, 'sha256:m1', 'blob', 'sha256:aa', 1)`,
  `insert into trashed_tags values (1, 'v0', 'sha256:m1', 4)`,
  `insert into trashed_repositories values (2, 1, 'team/old', 1)`,
  `insert into tag_moves values (1, 3, 'v1', null, 'sha256:m1', 6, 'u1', 'ada', 'docker', 'client')`,
  `insert into repository_rules values (1, 'immutable', '**', '{}', 1, 'ada')`,
  `insert into image_details values ('sha256:m1', 1, 'linux/amd64', '{}')`,
  `insert into pulls values (3, 'sha256:m1', 1, 'u1', 'ada', 2)`,
  `insert into audit values (1, 1, 'u1', 'user', 'ada', null, null, null, 'tag.moved', 'done', null, null, null, null, 1, 'p', 'h')`,
  `insert into webhooks values (1, 'ci', 'https://ci.example', 'cloudevents', null, '{}', 1, null, null, null, 1)`,
  `insert into deliveries values (1, 1, 1, 'e', '{}', 'waiting', 0, 1, null, null, null, null, 1)`,
  `insert into policies values (1, 'old', '["**"]', 'ecr', '{}', null, 'UTC', 1, 0, null, 1, 1, 'ada', 'reg-1')`,
  `insert into policy_runs values (1, 1, 'ada', 1, 2, 'done', 'p1', '{}', null)`,
  `insert into connections (id, project, name, kind, url, settings, username, secret, secret_set_at, rotation, version, state,
    reminded, next_check_at, failures, added_by, created_at, updated_at)
    values ('reg-abcdefgh', 'p', 'hub', 'docker-hub', 'docker.io', '{}', 'ada', 'v1.k.n.c', 1, 'none', 1, 'unchecked', '[]', 1, 0, 'ada', 1, 1)`,
  `insert into connection_checks values (4, 'reg-abcdefgh', 1, 'ok', '', 12, 'schedule')`,
  `insert into upstream_pauses values ('ghcr.io', 5)`,
  `insert into plans values ('p1', 'sha256:p', '{}', 'open', '{}', 1, 2, 'ada', null, null, null)`,
  `insert into plan_items values ('p1', 0, '{}')`,
  `insert into quotas values (1, '**', 1, null, null, 80, 1, 'ada')`,
  `insert into quota_members values (1, 3), (1, 7)`,
];

function fill(place: number): void {
  using file = sqlOf(place);
  for (const row of ROWS) file.run(row);
}

async function fingerprints(db: Database) {
  const found = [];
  for (const table of COPIED_TABLES) found.push(await fingerprintOf(db, table));
  return found;
}

function tables(file: SqliteFile): readonly string[] {
  return file
    .query<{ name: string }, []>(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
    .all()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('kysely_'));
}

describe('a copy of the facts', () => {
  let from: Database;
  let place: number;

  beforeAll(async () => {
    from = await openNew();
    place = made;
    fill(place);
  });

  it('knows every table and column of the database, or says why it leaves one behind', () => {
    using file = sqlOf(place);
    const known = [...COPIED_TABLES.map(({ name }) => name), ...Object.keys(LEFT_BEHIND)];
    expect(known.toSorted()).toEqual(tables(file).toSorted() as never);
    for (const name of tables(file)) {
      const columns = file.query<{ name: string; pk: number }, []>(`pragma table_info(${name})`).all();
      const roles = tableOf(name as never).columns;
      expect(Object.keys(roles).toSorted()).toEqual(columns.map((column) => column.name).toSorted());
      const keys = columns.filter(({ pk }) => pk > 0).map((column) => column.name);
      expect(Object.keys(roles).filter((column) => roles[column] === 'key')).toEqual(expect.arrayContaining(keys));
    }
  });

  it('has every row of every table, bytes and ids included, and nothing of what is left behind', async () => {
    const to = await openNew();
    await from.snapshot((facts) => copyFacts(facts, to));
    using left = sqlOf(place);
    using right = sqlOf(made);
    for (const { name } of COPIED_TABLES) {
      expect({ name, rows: right.query(`select * from ${name}`).all() }).toEqual({
        name,
        rows: left.query(`select * from ${name}`).all(),
      });
      expect(left.query(`select * from ${name}`).all()).not.toEqual([]);
    }
    for (const name of Object.keys(LEFT_BEHIND).filter((each) => !COUNTED.includes(each))) {
      const rows = right.query<{ name?: string }, []>(`select * from ${name}`).all();
      // What every new database has: see `0004-deleting.ts`.
      expect(rows.filter((row) => row.name !== 'collect-garbage')).toEqual([]);
    }
    // What a database counts for itself comes to the same there.
    for (const name of COUNTED) {
      expect({ name, rows: right.query(`select * from ${name}`).all() }).toEqual({
        name,
        rows: left.query(`select * from ${name}`).all(),
      });
    }
    expect(await fingerprints(to)).toEqual(await fingerprints(from));
    await to.close();
  });

  it('goes on counting behind the last number', async () => {
    const to = await openNew();
    await copyFacts(from, to);
    using file = sqlOf(made);
    file.run(`insert into repositories (name, created_at) values ('next', 1)`);
    expect(file.query(`select id from repositories where name = 'next'`).get()).toEqual({ id: 8 });
    await to.close();
  });

  it('made again, is what the original is by then', async () => {
    const original = await openNew();
    const first = made;
    fill(first);
    const copy = await openNew();
    await copyFacts(original, copy);
    {
      using file = sqlOf(first);
      file.run(`delete from repositories where id = 7`);
      file.run(`insert into repositories (id, name, created_at) values (9, 'base/os', 3)`);
      file.run(`update tags set digest = 'sha256:m2' where name = 'v1'`);
      file.run(`delete from tags where name = 'Latest'`);
      file.run(`insert into manifest_contents values ('sha256:m3', x'0102')`);
      file.run(`update tokens set revoked_at = 7 where id = 't1'`);
      file.run(`insert into tokens values ('a0', 'ci', 'new', null, null, 1, null, null, null)`);
    }
    await copyFacts(original, copy);
    expect(await fingerprints(copy)).toEqual(await fingerprints(original));
    await original.close();
    await copy.close();
  });

  it('has the same fingerprint in whatever order the rows come, and another one for another row', async () => {
    const other = await openNew();
    await copyFacts(from, other);
    const before = await fingerprints(other);
    using file = sqlOf(made);
    file.run(`update manifest_contents set bytes = x'00ff11' where digest = 'sha256:m1'`);
    const after = await fingerprints(other);
    expect(after.filter((table, place_) => table.digest !== before[place_]?.digest)).toMatchObject([
      { table: 'manifest_contents', rows: 2 },
    ]);
    await other.close();
  });

  it('takes more rows than fit in one statement', async () => {
    const large = await openNew();
    {
      using file = sqlOf(made);
      file.run(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 7000)
        insert into manifests select i % 3, 'sha256:' || i, 'type', 1, null, null, null, 0, i, null from n`);
    }
    const copy = await openNew();
    const looked: number[] = [];
    await copyFacts(large, copy, { onRows: (_, rows) => looked.push(rows) });
    expect(await fingerprintOf(copy, tableOf('manifests'))).toEqual(await fingerprintOf(large, tableOf('manifests')));
    expect(looked.reduce((sum, rows) => sum + rows, 0)).toBe(7000);
    await large.close();
    await copy.close();
  });
});

describe.skipIf(!postgresRunsHere('copies between SQLite and PostgreSQL'))('between SQLite and PostgreSQL', () => {
  it('nothing changes, there and back and again', async () => {
    const original = await openNew();
    fill(made);
    {
      using file = sqlOf(made);
      file.run(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
        insert into manifest_edges select 3, 'sha256:' || (i % 50), 'blob', 'sha256:' || i from n`);
    }
    const postgres = await openTestPostgres(await newPostgresDatabase());
    await original.snapshot((facts) => copyFacts(facts, postgres));
    expect(await fingerprints(postgres)).toEqual(await fingerprints(original));
    {
      using file = sqlOf(made);
      file.run(`delete from manifest_edges where digest like '%7'`);
      file.run(`update tokens set revoked_at = 7 where id = 't1'`);
      file.run(`delete from repositories where id = 7`);
      file.run(`insert into repositories (id, name, created_at) values (9, 'base/os', 3)`);
    }
    await copyFacts(original, postgres);
    expect(await fingerprints(postgres)).toEqual(await fingerprints(original));
    const back = await openNew();
    await postgres.snapshot((facts) => copyFacts(facts, back));
    expect(await fingerprints(back)).toEqual(await fingerprints(original));
    const [next] = await postgres.transaction((tx) =>
      tx.build((kysely) =>
        kysely
          .insertInto('repositories')
          .values({ name: 'next' as never, created_at: 1 })
          .returning('id'),
      ),
    );
    expect(next?.id).toBe(10);
    for (const db of [original, postgres, back]) await db.close();
  });
});
