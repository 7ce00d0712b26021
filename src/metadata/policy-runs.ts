import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { findPolicy, type PlacedPolicyRow } from './policies.ts';
import type { PolicyRunsTable } from './schema/policies.ts';

export type PolicyRunState = PolicyRunsTable['state'];

/** One run of a policy. Times are milliseconds since the epoch. */
export interface PolicyRunRow {
  readonly id: number;
  readonly policyId: number;
  readonly trigger: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly state: PolicyRunState;
  readonly planId: string | null;
  /** JSON: counts. */
  readonly summary: string | null;
  readonly error: string | null;
}

const COLUMNS = [
  'id',
  'policy_id as policyId',
  'trigger',
  'started_at as startedAt',
  'ended_at as endedAt',
  'state',
  'plan_id as planId',
  'summary',
  'error',
] as const;

const begun = query((db, parameter: Parameter<Pick<PolicyRunRow, 'policyId' | 'trigger' | 'startedAt'>>) =>
  db
    .insertInto('policy_runs')
    .values({
      policy_id: parameter('policyId'),
      trigger: parameter('trigger'),
      started_at: parameter('startedAt'),
      ended_at: null,
      state: 'running',
      plan_id: null,
      summary: null,
      error: null,
    })
    .returning('id'),
);

const planned = query((db, parameter: Parameter<{ id: number; planId: string }>) =>
  db
    .updateTable('policy_runs')
    .set({ plan_id: parameter('planId') })
    .where('id', '=', parameter('id')),
);

type RunEnd = Pick<PolicyRunRow, 'id' | 'state' | 'summary' | 'error'> & { readonly endedAt: number };

const ended = query((db, parameter: Parameter<RunEnd>) =>
  db
    .updateTable('policy_runs')
    .set({
      state: parameter('state'),
      summary: parameter('summary'),
      error: parameter('error'),
      ended_at: parameter('endedAt'),
    })
    .where('id', '=', parameter('id')),
);

const listed = query((db, parameter: Parameter<{ policyId: number; before: number; limit: number }>) =>
  db
    .selectFrom('policy_runs')
    .select(COLUMNS)
    .where('policy_id', '=', parameter('policyId'))
    .where('id', '<', parameter('before'))
    .orderBy('id', 'desc')
    .limit(parameter('limit')),
);

const running = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('policy_runs')
    .innerJoin('policies', 'policies.id', 'policy_runs.policy_id')
    .select(['policies.name', 'policy_runs.id'])
    .where('policy_runs.state', '=', 'running')
    .orderBy('policy_runs.id'),
);

const byId = query((db, parameter: Parameter<{ id: number }>) =>
  db.selectFrom('policy_runs').select(COLUMNS).where('id', '=', parameter('id')),
);

const trimmed = query((db, parameter: Parameter<{ policyId: number; kept: number }>) =>
  db
    .deleteFrom('policy_runs')
    .where('policy_id', '=', parameter('policyId'))
    .where('state', '!=', 'running')
    .where('id', '<=', ({ selectFrom }) =>
      selectFrom('policy_runs as kept')
        .select('kept.id')
        .where('kept.policy_id', '=', parameter('policyId'))
        .orderBy('kept.id', 'desc')
        .limit(1)
        .offset(parameter('kept')),
    ),
);

const removed = query((db, parameter: Parameter<{ policyId: number }>) =>
  db.deleteFrom('policy_runs').where('policy_id', '=', parameter('policyId')),
);

/** @returns its number. */
export async function beginRun(
  tx: Transaction,
  run: Pick<PolicyRunRow, 'policyId' | 'trigger' | 'startedAt'>,
): Promise<number> {
  const row = await tx.first(begun, run);
  if (row === undefined) throw new Error('the run was not inserted');
  return row.id;
}

export async function saveRunPlan(tx: Transaction, id: number, planId: string): Promise<void> {
  await tx.all(planned, { id, planId });
}

export async function endRun(tx: Transaction, end: RunEnd): Promise<void> {
  await tx.all(ended, end);
}

/** The newest first, strictly below `before`. */
export function listRuns(
  db: Queryable,
  page: { readonly policyId: number; readonly before: number; readonly limit: number },
): Promise<readonly PolicyRunRow[]> {
  return db.all(listed, page);
}

/** Those without an end: under way, or cut off. There are never more than policies that ran at once. */
export async function listRunningRuns(
  db: Queryable,
): Promise<readonly { readonly run: PolicyRunRow; readonly policy: PlacedPolicyRow }[]> {
  const found: { run: PolicyRunRow; policy: PlacedPolicyRow }[] = [];
  for (const { id, name } of await db.all(running, {})) {
    const run = await findRun(db, id);
    const policy = await findPolicy(db, name);
    if (run !== undefined && policy !== undefined) found.push({ run, policy });
  }
  return found;
}

export function findRun(db: Queryable, id: number): Promise<PolicyRunRow | undefined> {
  return db.first(byId, { id });
}

/** Forgets all runs but the newest `kept`. */
export async function trimRuns(tx: Transaction, policyId: number, kept: number): Promise<void> {
  await tx.all(trimmed, { policyId, kept });
}

export async function deleteRuns(tx: Transaction, policyId: number): Promise<void> {
  await tx.all(removed, { policyId });
}
