import { afterAll, describe, expect, it } from 'bun:test';
import { freePort } from '../../../test/support/ports.ts';
import {
  newPostgresDatabase,
  NO_EVENTS,
  openTestPostgres,
  postgresRunsHere,
  postgresSettings,
} from '../../../test/support/postgres.ts';
import { findBookmark, saveBookmark } from '../bookmarks.ts';
import { countHolding } from '../freed-bytes.ts';
import { findBlobs } from '../many-rows.ts';
import type { Digest } from '../../oci/digest.ts';
import { lookAtServer, openPostgres } from './open.ts';
import { DatabaseRefusedError } from './postgres-errors.ts';
import { targetOf } from './settings.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const PATIENCE = { serverSeconds: 0, migrationSeconds: 0 };

async function refusal(url: string): Promise<string> {
  const outcome = await openPostgres(postgresSettings(url), NO_EVENTS, PATIENCE).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(DatabaseRefusedError);
  return outcome instanceof Error ? outcome.message : '';
}

function changed(url: string, change: (parsed: URL) => void): string {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
}

/** Undoes every migration but the first two, whatever they made. */
const BACK_TO_THE_SECOND_VERSION = `
  do $$
  declare name text;
  begin
    for name in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace loop
      execute 'drop function ' || name || ' cascade';
    end loop;
    for name in select tablename from pg_tables where schemaname = 'public' and tablename not in (
      'repositories', 'blobs', 'links', 'forgotten_blobs', 'manifest_contents', 'manifests', 'manifest_edges', 'tags',
      'uploads', 'users', 'tokens', 'grants', 'secrets', 'kysely_migration', 'kysely_migration_lock'
    ) loop
      execute 'drop table ' || name || ' cascade';
    end loop;
  end $$;
  alter table uploads drop column note, drop column note_version, drop column noted_at;
  alter table manifests drop column expires_at;
  drop index tags_by_time, tags_by_name;
  delete from kysely_migration where name > '0003'`;

describe.if(postgresRunsHere('starting with PostgreSQL'))('a start with PostgreSQL', () => {
  const clients: Bun.SQL[] = [];
  const client = (url: string): Bun.SQL => {
    const made = new Bun.SQL(url, { max: 1 });
    clients.push(made);
    return made;
  };
  afterAll(async () => {
    for (const each of clients) await each.close({ timeout: 0 });
  });

  it('is refused with a sentence that says what to do, and never the password', async () => {
    const url = await newPostgresDatabase();
    const { username } = new URL(url);
    const wrong = await refusal(changed(url, (parsed) => (parsed.password = 'not-the-password')));
    expect(wrong).toContain(`refuses user "${username}"`);
    expect(wrong).toContain('HAVRE_DATABASE_URL');
    expect(wrong).not.toContain('not-the-password');
    expect(await refusal(changed(url, (parsed) => (parsed.pathname = '/nowhere')))).toContain(
      `There is no database "nowhere"`,
    );
    expect(await refusal(changed(url, (parsed) => parsed.searchParams.set('sslmode', 'require')))).toContain(
      'There is no TLS to PostgreSQL',
    );
    const port = String(await freePort());
    expect(await refusal(changed(url, (parsed) => (parsed.port = port)))).toContain('cannot be reached');
    expect(await refusal(changed(url, (parsed) => (parsed.hostname = 'nowhere.invalid')))).toContain(
      'nowhere.invalid:',
    );
  });

  it('is refused where the user may not make tables, and where text is not UTF-8', async () => {
    const url = await newPostgresDatabase();
    const name = `poor_${process.pid}`;
    await client(url).unsafe(`create role ${name} login password 'poor'; revoke create on schema public from public`);
    const poor = changed(url, (parsed) => {
      parsed.username = name;
      parsed.password = 'poor';
    });
    expect(await refusal(poor)).toContain('may not make tables');
    await client(url).unsafe(`drop role ${name}`);
    await client(url).unsafe(`create database ascii_${process.pid} encoding 'SQL_ASCII' locale 'C' template template0`);
    const ascii = changed(url, (parsed) => (parsed.pathname = `/ascii_${process.pid}`));
    expect(await refusal(ascii)).toContain('createdb --encoding=UTF8');
    await client(url).unsafe(`drop database ascii_${process.pid}`);
  });

  it('waits for a server that is not there yet, says so once, and gives up in time', async () => {
    const url = changed(await newPostgresDatabase(), (parsed) => (parsed.port = '1'));
    const reasons: string[] = [];
    const events = { ...NO_EVENTS, onWait: (reason: string) => void reasons.push(reason) };
    const outcome = openPostgres(postgresSettings(url), events, { ...PATIENCE, serverSeconds: 1 });
    expect(await outcome.catch((error: unknown) => error)).toBeInstanceOf(DatabaseRefusedError);
    expect(reasons).toEqual([expect.stringContaining('cannot be reached')]);
  });

  it('makes the tables once, however many nodes start at once', async () => {
    const url = await newPostgresDatabase();
    const nodes = await Promise.all(Array.from({ length: 4 }, () => openTestPostgres(url)));
    await nodes[0]?.transaction((tx) => saveBookmark(tx, 'name', 'value', NOW));
    for (const node of nodes) expect(await findBookmark(node, 'name')).toBe('value');
    for (const node of nodes) await node.close();
  });

  it('waits for another node that changes the tables, says so, and gives up in time', async () => {
    const url = await newPostgresDatabase();
    const other = client(url);
    await other.unsafe(`select pg_advisory_lock(hashtextextended('havre: the schema changes', 0))`);
    const reasons: string[] = [];
    const events = { ...NO_EVENTS, onWait: (reason: string) => void reasons.push(reason) };
    const impatient = openPostgres(postgresSettings(url), events, { serverSeconds: 0, migrationSeconds: 0 });
    expect(await impatient.catch((error: unknown) => error)).toBeInstanceOf(DatabaseRefusedError);
    const patient = openPostgres(postgresSettings(url), events, { serverSeconds: 0, migrationSeconds: 60 });
    await other.close({ timeout: 0 });
    await (await patient).close();
    expect(new Set(reasons)).toEqual(new Set(['another node brings the database up to date']));
  });

  it('changes no table under a backup that reads it, holds up nobody meanwhile, and goes on after it', async () => {
    const url = await newPostgresDatabase();
    await (await openTestPostgres(url)).close();
    const backup = client(url);
    await backup.unsafe(BACK_TO_THE_SECOND_VERSION);
    await backup.unsafe('begin isolation level repeatable read');
    await backup.unsafe('select * from uploads');
    const { promise: waits, resolve } = Promise.withResolvers<string>();
    const start = openPostgres(
      postgresSettings(url),
      { ...NO_EVENTS, onWait: resolve },
      { serverSeconds: 0, migrationSeconds: 60 },
    );
    expect(await waits).toContain('such as a backup');
    expect(await client(url).unsafe('select * from uploads')).toHaveLength(0);
    await backup.unsafe('commit');
    const db = await start;
    expect(await findBookmark(db, 'name')).toBeUndefined();
    await db.close();
  });

  it('with a database of a newer version leaves it as it is', async () => {
    const url = await newPostgresDatabase();
    await (await openTestPostgres(url)).close();
    const admin = client(url);
    await admin.unsafe(`insert into kysely_migration values ('9999-newer', '2030-01-01')`);
    await (await openTestPostgres(url)).close();
    const [row] = await admin.unsafe(`select count(*)::int4 as count from kysely_migration where name like '9%'`);
    expect(row).toMatchObject({ count: 1 });
  });

  it('knows what server it has', async () => {
    const url = await newPostgresDatabase();
    const facts = await lookAtServer(postgresSettings(url));
    expect(facts).toMatchObject({ encoding: 'UTF8', isReadOnly: false, isEncrypted: false });
    expect(facts.versionNumber).toBeGreaterThanOrEqual(130_000);
    expect(Math.abs(facts.time.getTime() - Date.now())).toBeLessThan(60_000);
    const db = await openTestPostgres(url);
    expect(db.server.version).toBe(facts.version);
    await db.close();
  });

  it('tells of slow statements without their values', async () => {
    const url = await newPostgresDatabase();
    const slow: string[] = [];
    const events = { ...NO_EVENTS, onSlowQuery: (statement: string) => void slow.push(statement) };
    const db = await openPostgres(postgresSettings(url, { slowQueryMilliseconds: 0.000_001 }), events, PATIENCE);
    slow.splice(0);
    await db.transaction((tx) => saveBookmark(tx, 'name', 'a secret value', NOW));
    await findBlobs(db, ['sha256:secret' as Digest]);
    expect(slow.join('\n')).toContain('insert into "bookmarks"');
    expect(slow.join('\n')).toContain('from "blobs"');
    expect(slow.join('\n')).not.toContain('secret');
    expect(db.figures.slowQueries).toBeGreaterThan(1);
    await db.close();
  });

  it('replaces connections that prepared much for single calls, and no other', async () => {
    const url = await newPostgresDatabase();
    const db = await openTestPostgres(url, { poolSize: 2 });
    for (let length = 1; length < 400; length += 1) {
      const digests = Array.from({ length }, (_, i) => `sha256:${i}` as Digest);
      expect(await countHolding(db, digests)).toEqual([]);
    }
    expect(db.figures).toMatchObject({ opened: 2, lost: 0, idle: 1 });
    await db.close();
  });
});

describe('the address of a database', () => {
  it('is told without its password', () => {
    expect(targetOf('postgres://ada:secret@db.lan:5433/havre?sslmode=require')).toEqual({
      host: 'db.lan',
      port: 5433,
      database: 'havre',
      user: 'ada',
      isLocal: false,
    });
  });

  it('may leave out what is usual, and may be a socket', () => {
    expect(targetOf('postgres://ada@127.0.0.1')).toMatchObject({ port: 5432, database: 'ada', isLocal: true });
    expect(targetOf('postgres:///havre?host=/run/postgresql&user=ada')).toMatchObject({
      host: '/run/postgresql',
      user: 'ada',
      isLocal: true,
    });
  });
});
