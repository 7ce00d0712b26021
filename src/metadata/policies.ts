import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A lifecycle policy as it is stored. Times are milliseconds since the epoch. */
export interface PolicyRow {
  readonly id: number;
  readonly name: string;
  /** JSON list of repository patterns. */
  readonly patterns: string;
  readonly kind: string;
  /** As it was given. */
  readonly document: string;
  readonly schedule: string | null;
  readonly timeZone: string;
  /** 0 or 1. */
  readonly isEnabled: number;
  /** 0 or 1. */
  readonly isDryRun: number;
  readonly nextRunAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
}

const COLUMNS = [
  'id',
  'name',
  'patterns',
  'kind',
  'document',
  'schedule',
  'time_zone as timeZone',
  'is_enabled as isEnabled',
  'is_dry_run as isDryRun',
  'next_run_at as nextRunAt',
  'created_at as createdAt',
  'updated_at as updatedAt',
  'created_by as createdBy',
] as const;

type NewPolicy = Omit<PolicyRow, 'id' | 'createdAt' | 'updatedAt'> & { readonly now: number };
type ChangedPolicy = Omit<PolicyRow, 'createdAt' | 'updatedAt' | 'createdBy'> & { readonly now: number };

const inserted = query((db, parameter: Parameter<NewPolicy>) =>
  db
    .insertInto('policies')
    .values({
      name: parameter('name'),
      patterns: parameter('patterns'),
      kind: parameter('kind'),
      document: parameter('document'),
      schedule: parameter('schedule'),
      time_zone: parameter('timeZone'),
      is_enabled: parameter('isEnabled'),
      is_dry_run: parameter('isDryRun'),
      next_run_at: parameter('nextRunAt'),
      created_at: parameter('now'),
      updated_at: parameter('now'),
      created_by: parameter('createdBy'),
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id'),
);

const changed = query((db, parameter: Parameter<ChangedPolicy>) =>
  db
    .updateTable('policies')
    .set({
      name: parameter('name'),
      patterns: parameter('patterns'),
      kind: parameter('kind'),
      document: parameter('document'),
      schedule: parameter('schedule'),
      time_zone: parameter('timeZone'),
      is_enabled: parameter('isEnabled'),
      is_dry_run: parameter('isDryRun'),
      next_run_at: parameter('nextRunAt'),
      updated_at: parameter('now'),
    })
    .where('id', '=', parameter('id')),
);

const rescheduled = query((db, parameter: Parameter<{ id: number; from: number; to: number | null }>) =>
  db
    .updateTable('policies')
    .set({ next_run_at: parameter('to') })
    .where('id', '=', parameter('id'))
    .where('next_run_at', '=', parameter('from'))
    .returning('id'),
);

const byName = query((db, parameter: Parameter<{ name: string }>) =>
  db.selectFrom('policies').select(COLUMNS).where('name', '=', parameter('name')),
);

const listed = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('policies')
    .select(COLUMNS)
    .where('name', '>', parameter('after'))
    .orderBy('name')
    .limit(parameter('limit')),
);

const due = query((db, parameter: Parameter<{ now: number; limit: number }>) =>
  db
    .selectFrom('policies')
    .select(COLUMNS)
    .where('is_enabled', '=', 1)
    .where('next_run_at', '<=', parameter('now'))
    .orderBy('next_run_at')
    .orderBy('id')
    .limit(parameter('limit')),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('policies').where('id', '=', parameter('id')).returning('id'),
);

/** @returns its number; `undefined` when there is one of that name. */
export async function insertPolicy(tx: Transaction, policy: NewPolicy): Promise<number | undefined> {
  return (await tx.first(inserted, policy))?.id;
}

export async function savePolicy(tx: Transaction, policy: ChangedPolicy): Promise<void> {
  await tx.all(changed, policy);
}

/** @returns `false`: somebody else moved it, or it is gone. */
export async function reschedulePolicy(
  tx: Transaction,
  move: { readonly id: number; readonly from: number; readonly to: number | null },
): Promise<boolean> {
  return (await tx.first(rescheduled, move)) !== undefined;
}

export function findPolicy(db: Queryable, name: string): Promise<PolicyRow | undefined> {
  return db.first(byName, { name });
}

/** By name, strictly after `after`. */
export function listPolicies(db: Queryable, after: string, limit: number): Promise<readonly PolicyRow[]> {
  return db.all(listed, { after, limit });
}

/** Enabled ones whose time has come, the longest waiting first. */
export function listDuePolicies(db: Queryable, now: Date, limit: number): Promise<readonly PolicyRow[]> {
  return db.all(due, { now: now.getTime(), limit });
}

export async function deletePolicy(tx: Transaction, id: number): Promise<boolean> {
  return (await tx.first(removed, { id })) !== undefined;
}
