import { sql } from 'kysely';
import type { Database } from '../../src/metadata/database.ts';

const WATCHED = [
  ['users', 'users', 'name, password_hash, generation, is_administrator'],
  ['tokens', 'tokens', 'name, secret_hash, owner_id, scope, expires_at, revoked_at'],
  ['grants', 'grants', 'principal_id, pattern, actions'],
  ['keys', 'secrets', 'purpose, value'],
] as const;

/**
 * A database that says that others change it, too, and counts what they change, as PostgreSQL does: for nodes of a test
 * that live in one process. Its transactions still run alone.
 */
export async function asShared(db: Database): Promise<Database> {
  const run = (text: string): Promise<unknown> =>
    db.transaction((tx) => tx.build((kysely) => ({ compile: () => sql.raw(text).compile(kysely) })));
  for (const [topic, table, columns] of WATCHED) {
    await run(`insert into identity_changes (topic, number) values ('${topic}', 0)`);
    for (const [i, event] of ['insert', 'delete', `update of ${columns}`].entries()) {
      await run(
        `create trigger ${table}_change_${i} after ${event} on ${table} begin
           update identity_changes set number = number + 1 where topic = '${topic}';
         end`,
      );
    }
  }
  return { ...db, isShared: true };
}
