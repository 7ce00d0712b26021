import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A lifecycle policy as it is stored. Times are milliseconds since the epoch. */
export interface PolicyRow {
  readonly id: number;
  readonly name: string;
  /** Id of the connection to the registry that it is for; `null`: this one. */
  readonly connection: string | null;
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

/** With what is said of the registry that it is for; `null` for this one. */
export interface PlacedPolicyRow extends PolicyRow {
  readonly connectionName: string | null;
  readonly project: string | null;
}

const COLUMNS = [
  'policies.id',
  'policies.name',
  'policies.connection',
  'policies.patterns',
  'policies.kind',
  'policies.document',
  'policies.schedule',
  'policies.time_zone as timeZone',
  'policies.is_enabled as isEnabled',
  'policies.is_dry_run as isDryRun',
  'policies.next_run_at as nextRunAt',
  'policies.created_at as createdAt',
  'policies.updated_at as updatedAt',
  'policies.created_by as createdBy',
  'connections.name as connectionName',
  'connections.project',
] as const;

type NewPolicy = Omit<PolicyRow, 'id' | 'createdAt' | 'updatedAt'> & { readonly now: number };
type ChangedPolicy = Omit<PolicyRow, 'createdAt' | 'updatedAt' | 'createdBy'> & { readonly now: number };

const inserted = query((db, parameter: Parameter<NewPolicy>) =>
  db
    .insertInto('policies')
    .values({
      name: parameter('name'),
      connection: parameter('connection'),
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
      connection: parameter('connection'),
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
  db
    .selectFrom('policies')
    .leftJoin('connections', 'connections.id', 'policies.connection')
    .select(COLUMNS)
    .where('policies.name', '=', parameter('name')),
);

const byId = query((db, parameter: Parameter<{ id: number }>) =>
  db
    .selectFrom('policies')
    .leftJoin('connections', 'connections.id', 'policies.connection')
    .select(COLUMNS)
    .where('policies.id', '=', parameter('id')),
);

const listed = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('policies')
    .leftJoin('connections', 'connections.id', 'policies.connection')
    .select(COLUMNS)
    .where('policies.name', '>', parameter('after'))
    .orderBy('policies.name')
    .limit(parameter('limit')),
);

function dueWhere(connection: 'is' | 'is not') {
  return query((db, parameter: Parameter<{ now: number; limit: number }>) =>
    db
      .selectFrom('policies')
      .leftJoin('connections', 'connections.id', 'policies.connection')
      .select(COLUMNS)
      .where('policies.connection', connection, null)
      .where('policies.is_enabled', '=', 1)
      .where('policies.next_run_at', '<=', parameter('now'))
      .orderBy('policies.next_run_at')
      .orderBy('policies.id')
      .limit(parameter('limit')),
  );
}

const DUE = { here: dueWhere('is'), elsewhere: dueWhere('is not') };

const namesOf = query((db, parameter: Parameter<{ connection: string; limit: number }>) =>
  db
    .selectFrom('policies')
    .select('name')
    .where('connection', '=', parameter('connection'))
    .orderBy('name')
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

export function findPolicy(db: Queryable, name: string): Promise<PlacedPolicyRow | undefined> {
  return db.first(byName, { name });
}

/** Whatever its name is by now. */
export function findPolicyById(db: Queryable, id: number): Promise<PlacedPolicyRow | undefined> {
  return db.first(byId, { id });
}

/** By name, strictly after `after`. */
export function listPolicies(db: Queryable, after: string, limit: number): Promise<readonly PlacedPolicyRow[]> {
  return db.all(listed, { after, limit });
}

/** Where what a policy says is done: at this registry, or at a connected one. */
export type PolicyPlace = keyof typeof DUE;

/** Enabled ones whose time has come, the longest waiting first. */
export function listDuePolicies(
  db: Queryable,
  place: PolicyPlace,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<readonly PlacedPolicyRow[]> {
  return db.all(DUE[place], { now: now.getTime(), limit });
}

/** Of those that are for a connected registry, in their order. */
export async function policyNamesOf(db: Queryable, connection: string, limit: number): Promise<readonly string[]> {
  return (await db.all(namesOf, { connection, limit })).map(({ name }) => name);
}

export async function deletePolicy(tx: Transaction, id: number): Promise<boolean> {
  return (await tx.first(removed, { id })) !== undefined;
}
