import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** What is recorded of one deed, as it is in the table. */
export interface AuditRow {
  /** In the order of writing, roughly: it says nothing where it is in the chain. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly principalId: string;
  readonly principalKind: string;
  readonly principalName: string;
  readonly source: string | null;
  readonly client: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly repository: RepositoryName | null;
  readonly digest: Digest | null;
  readonly tag: Tag | null;
  /** JSON object, as text. */
  readonly details: string | null;
}

/** The end of the chain, or where it begins. */
export interface ChainLink {
  readonly sequence: number;
  /** SHA-256, in hex. */
  readonly hash: string;
}

/** A row that has its place in the chain. */
export interface SealedRow extends AuditRow, ChainLink {
  readonly previousHash: string;
}

export const AUDIT_COLUMNS = [
  'id',
  'at',
  'principal_id as principalId',
  'principal_kind as principalKind',
  'principal_name as principalName',
  'source',
  'client',
  'request_id as requestId',
  'action',
  'outcome',
  'repository',
  'digest',
  'tag',
  'details',
] as const;

export const SEALED_COLUMNS = [...AUDIT_COLUMNS, 'sequence', 'previous_hash as previousHash', 'hash'] as const;

const unsealed = query((db, parameter: Parameter<{ rows: number }>) =>
  db.selectFrom('audit').select(AUDIT_COLUMNS).where('sequence', 'is', null).orderBy('id').limit(parameter('rows')),
);

const firstUnsealed = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('audit').select('id').where('sequence', 'is', null).limit(1),
);

const last = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .where('sequence', 'is not', null)
    .orderBy('sequence', 'desc')
    .limit(1),
);

const inOrder = query((db, parameter: Parameter<{ after: number; rows: number }>) =>
  db
    .selectFrom('audit')
    .select(SEALED_COLUMNS)
    .where('sequence', '>', parameter('after'))
    .orderBy('sequence')
    .limit(parameter('rows')),
);

/** Those that have no place in the chain yet, oldest first. */
export function listUnsealed(db: Queryable, rows: number): Promise<readonly AuditRow[]> {
  return db.all(unsealed, { rows });
}

export async function hasUnsealed(db: Queryable): Promise<boolean> {
  return (await db.first(firstUnsealed, {})) !== undefined;
}

/** The end of the chain; `undefined` before anything was sealed. */
export async function findChainHead(db: Queryable): Promise<ChainLink | undefined> {
  const row = await db.first(last, {});
  return row === undefined ? undefined : { sequence: row.sequence ?? 0, hash: row.hash ?? '' };
}

/** Sealed rows in the order of the chain, behind that place. */
export async function listSealed(db: Queryable, after: number, rows: number): Promise<readonly SealedRow[]> {
  return (await db.all(inOrder, { after, rows })).map(sealedRowOf);
}

/** @param row one that has its place: these columns are `null` only before. */
export function sealedRowOf<Row extends { sequence: number | null; previousHash: string | null; hash: string | null }>(
  row: Row,
): Row & Pick<SealedRow, 'sequence' | 'previousHash' | 'hash'> {
  return { ...row, sequence: row.sequence ?? 0, previousHash: row.previousHash ?? '', hash: row.hash ?? '' };
}

/** Gives rows their places, in one statement. */
export async function sealRows(
  tx: Transaction,
  sealed: readonly Pick<SealedRow, 'id' | 'sequence' | 'previousHash' | 'hash'>[],
): Promise<void> {
  if (sealed.length === 0) return;
  const values = sealed.map(
    ({ id, sequence, previousHash, hash }) =>
      sql`(cast(${id} as bigint), cast(${sequence} as bigint), cast(${previousHash} as text), cast(${hash} as text))`,
  );
  // Both engines call the columns of VALUES so.
  const given = sql<{
    column1: number;
    column2: number;
    column3: string;
    column4: string;
  }>`(values ${sql.join(values)})`;
  await tx.build((db) =>
    db
      .updateTable('audit')
      .from(given.as('given'))
      .set(({ ref }) => ({
        sequence: ref('given.column2'),
        previous_hash: ref('given.column3'),
        hash: ref('given.column4'),
      }))
      .whereRef('audit.id', '=', 'given.column1'),
  );
}

const removed = query((db, parameter: Parameter<{ sequence: number }>) =>
  db.deleteFrom('audit').where('sequence', '<=', parameter('sequence')),
);

/** Only whoever prunes does this, and leaves a row that says so. */
export async function deleteSealedUpTo(tx: Transaction, sequence: number): Promise<void> {
  await tx.all(removed, { sequence });
}
