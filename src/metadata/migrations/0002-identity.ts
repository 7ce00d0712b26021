import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { identityColumn, keyedTable, keyText, type Engine } from './engine.ts';

/** Who may do what: users, tokens, grants, and the secrets that the registry keeps for itself. */
export async function identityTables(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('name', keyText(engine), (column) => column.notNull().unique())
    .addColumn('password_hash', keyText(engine), (column) => column.notNull())
    .addColumn('generation', 'bigint', (column) => column.notNull())
    .addColumn('is_administrator', 'smallint', (column) => column.notNull())
    .addColumn('is_configured', 'smallint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .modifyEnd(keyedTable(engine))
    .execute();
  await tokenTable(db, engine);
  await db.schema
    .createTable('grants')
    .addColumn('id', identityColumn(engine))
    .addColumn('principal_id', keyText(engine), (column) => column.notNull())
    .addColumn('pattern', keyText(engine), (column) => column.notNull())
    .addColumn('actions', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('grants_by_principal', ['principal_id', 'pattern'])
    .execute();
  await db.schema
    .createTable('secrets')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('purpose', keyText(engine), (column) => column.notNull())
    .addColumn('value', keyText(engine), (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .modifyEnd(keyedTable(engine))
    .execute();
}

async function tokenTable(db: Kysely<Schema>, engine: Engine): Promise<void> {
  await db.schema
    .createTable('tokens')
    .addColumn('id', keyText(engine), (column) => column.notNull().primaryKey())
    .addColumn('name', keyText(engine), (column) => column.notNull())
    .addColumn('secret_hash', keyText(engine), (column) => column.notNull().unique())
    .addColumn('owner_id', keyText(engine))
    .addColumn('scope', keyText(engine))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .modifyEnd(keyedTable(engine))
    .execute();
  // A name may be given again once its token is revoked, so that a rotation keeps the name.
  await db.schema
    .createIndex('tokens_by_name')
    .unique()
    .on('tokens')
    .column('name')
    .where(sql.ref('revoked_at'), 'is', null)
    .execute();
  await db.schema.createIndex('tokens_by_owner').on('tokens').column('owner_id').execute();
}
