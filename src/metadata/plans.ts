import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { PlanState } from './schema/policies.ts';

export type { PlanState } from './schema/policies.ts';

/** A deletion plan as it is stored; its texts are JSON, by `plans/plan.ts`. Times are milliseconds since the epoch. */
export interface PlanRow {
  readonly id: string;
  readonly digest: string;
  readonly source: string;
  readonly state: PlanState;
  readonly summary: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly createdBy: string;
  readonly appliedAt: number | null;
  readonly appliedBy: string | null;
  readonly result: string | null;
}

const COLUMNS = [
  'id',
  'digest',
  'source',
  'state',
  'summary',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'created_by as createdBy',
  'applied_at as appliedAt',
  'applied_by as appliedBy',
  'result',
] as const;

/** How the source of a plan for another registry begins; the id of its connection follows. */
export const REMOTE_BEGINNING = '{"kind":"remote","connection":"';

type NewPlan = Omit<PlanRow, 'appliedAt' | 'appliedBy' | 'result'>;

const inserted = query((db, parameter: Parameter<NewPlan>) =>
  db.insertInto('plans').values({
    id: parameter('id'),
    digest: parameter('digest'),
    source: parameter('source'),
    state: parameter('state'),
    summary: parameter('summary'),
    created_at: parameter('createdAt'),
    expires_at: parameter('expiresAt'),
    created_by: parameter('createdBy'),
    applied_at: null,
    applied_by: null,
    result: null,
  }),
);

const finished = query((db, parameter: Parameter<Pick<PlanRow, 'id' | 'digest' | 'summary'>>) =>
  db
    .updateTable('plans')
    .set({ digest: parameter('digest'), summary: parameter('summary'), state: 'open' })
    .where('id', '=', parameter('id'))
    .where('state', '=', 'building')
    .returning('id'),
);

const begun = query((db, parameter: Parameter<{ id: string; appliedAt: number; appliedBy: string; result: string }>) =>
  db
    .updateTable('plans')
    .set({
      state: 'applying',
      applied_at: parameter('appliedAt'),
      applied_by: parameter('appliedBy'),
      result: parameter('result'),
    })
    .where('id', '=', parameter('id'))
    .where('state', '=', 'open')
    .returning('id'),
);

const progressed = query((db, parameter: Parameter<{ id: string; result: string }>) =>
  db
    .updateTable('plans')
    .set({ result: parameter('result') })
    .where('id', '=', parameter('id'))
    .where('state', '=', 'applying'),
);

const ended = query((db, parameter: Parameter<{ id: string; result: string; expiresAt: number }>) =>
  db
    .updateTable('plans')
    .set({ state: 'applied', result: parameter('result'), expires_at: parameter('expiresAt') })
    .where('id', '=', parameter('id'))
    .where('state', '=', 'applying'),
);

const byId = query((db, parameter: Parameter<{ id: string }>) =>
  db.selectFrom('plans').select(COLUMNS).where('id', '=', parameter('id')),
);

const listed = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('plans')
    .select(COLUMNS)
    .where('state', '!=', 'building')
    .where('source', 'not like', `${REMOTE_BEGINNING}%`)
    .where('id', '<', parameter('after'))
    .orderBy('id', 'desc')
    .limit(parameter('limit')),
);

const listedRemote = query((db, parameter: Parameter<{ source: string; after: string; limit: number }>) =>
  db
    .selectFrom('plans')
    .select(COLUMNS)
    .where('state', '!=', 'building')
    .where('source', 'like', parameter('source'))
    .where('id', '<', parameter('after'))
    .orderBy('id', 'desc')
    .limit(parameter('limit')),
);

interface OpenPlans {
  readonly source: string;
  readonly createdBy: string;
  readonly now: number;
  readonly limit: number;
}

const openRemote = query((db, parameter: Parameter<OpenPlans>) =>
  db
    .selectFrom('plans')
    .select('id')
    .where('state', '=', 'open')
    .where('source', 'like', parameter('source'))
    .where('created_by', '=', parameter('createdBy'))
    .where('expires_at', '>', parameter('now'))
    .limit(parameter('limit')),
);

const expired = query((db, parameter: Parameter<{ now: number; limit: number }>) =>
  db
    .selectFrom('plans')
    .select('id')
    .where('expires_at', '<=', parameter('now'))
    .where('state', '!=', 'applying')
    .orderBy('expires_at')
    .limit(parameter('limit')),
);

const removed = query((db, parameter: Parameter<{ id: string }>) =>
  db.deleteFrom('plans').where('id', '=', parameter('id')).where('state', '!=', 'applying').returning('id'),
);

const retired = query((db, parameter: Parameter<{ id: string }>) =>
  db
    .updateTable('plans')
    .set({ state: 'building', expires_at: 0 })
    .where('id', '=', parameter('id'))
    .where('state', '!=', 'applying')
    .returning('id'),
);

const retiredHalfWay = query((db, parameter: Parameter<{ id: string }>) =>
  db
    .updateTable('plans')
    .set({ state: 'building', expires_at: 0 })
    .where('id', '=', parameter('id'))
    .where('state', '=', 'applying')
    .returning('id'),
);

/** From now on nobody sees it, and whoever looks for expired ones finds it. @returns `false`: it is being applied. */
export async function retirePlan(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.first(retired, { id })) !== undefined;
}

/** As {@link retirePlan}, of one that was stopped half-way: nobody is at it. @returns `false`: it is not half-way. */
export async function retireStoppedPlan(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.first(retiredHalfWay, { id })) !== undefined;
}

export async function insertPlan(tx: Transaction, plan: NewPlan): Promise<void> {
  await tx.all(inserted, plan);
}

/** All of its items are recorded: from now on it can be seen. @returns `false`: it is gone, or was finished before. */
export async function finishPlan(tx: Transaction, plan: Pick<PlanRow, 'id' | 'digest' | 'summary'>): Promise<boolean> {
  return (await tx.first(finished, plan)) !== undefined;
}

/** @returns `false`: it is not open any more. */
export async function beginPlan(
  tx: Transaction,
  begin: { readonly id: string; readonly appliedAt: number; readonly appliedBy: string; readonly result: string },
): Promise<boolean> {
  return (await tx.first(begun, begin)) !== undefined;
}

export async function savePlanProgress(tx: Transaction, id: string, result: string): Promise<void> {
  await tx.all(progressed, { id, result });
}

export async function endPlan(
  tx: Transaction,
  end: { readonly id: string; readonly result: string; readonly expiresAt: number },
): Promise<void> {
  await tx.all(ended, end);
}

export function findPlan(db: Queryable, id: string): Promise<PlanRow | undefined> {
  return db.first(byId, { id });
}

/** Of this registry: those with an id below `after`, the highest first. Ids grow with time, so the newest come first. */
export function listPlans(db: Queryable, after: string, limit: number): Promise<readonly PlanRow[]> {
  return db.all(listed, { after, limit });
}

/** As {@link listPlans}, for another registry. @param connection its id: letters, digits and dashes. */
export function listRemotePlans(
  db: Queryable,
  { connection, after, limit }: { readonly connection: string; readonly after: string; readonly limit: number },
): Promise<readonly PlanRow[]> {
  return db.all(listedRemote, { source: `${REMOTE_BEGINNING}${connection}"%`, after, limit });
}

/** How many plans for another registry somebody made that could be applied; `limit` at most. */
export async function countOpenRemotePlans(
  db: Queryable,
  { connection, ...more }: Omit<OpenPlans, 'source'> & { readonly connection: string },
): Promise<number> {
  return (await db.all(openRemote, { ...more, source: `${REMOTE_BEGINNING}${connection}"%` })).length;
}

/** Whose life is over, but for those that are being applied. */
export async function listExpiredPlans(db: Queryable, now: Date, limit: number): Promise<readonly string[]> {
  return (await db.all(expired, { now: now.getTime(), limit })).map(({ id }) => id);
}

/** Its items go first: see {@link deletePlanItems}. @returns `false`: there is none, or it is being applied. */
export async function deletePlan(tx: Transaction, id: string): Promise<boolean> {
  return (await tx.first(removed, { id })) !== undefined;
}

export interface PlanItemRow {
  /** From 0. */
  readonly position: number;
  /** JSON. */
  readonly item: string;
}

interface ItemPage {
  readonly planId: string;
  readonly after: number;
  readonly limit: number;
}

const items = query((db, parameter: Parameter<ItemPage>) =>
  db
    .selectFrom('plan_items')
    .select(['position', 'item'])
    .where('plan_id', '=', parameter('planId'))
    .where('position', '>', parameter('after'))
    .orderBy('position')
    .limit(parameter('limit')),
);

const itemSaved = query((db, parameter: Parameter<{ planId: string; position: number; item: string }>) =>
  db
    .updateTable('plan_items')
    .set({ item: parameter('item') })
    .where('plan_id', '=', parameter('planId'))
    .where('position', '=', parameter('position')),
);

const itemsRemoved = query((db, parameter: Parameter<{ planId: string; before: number }>) =>
  db
    .deleteFrom('plan_items')
    .where('plan_id', '=', parameter('planId'))
    .where('position', '<', parameter('before'))
    .returning('position'),
);

/** At most 1000 at once, which keeps the statement within what engines take. */
export async function insertPlanItems(tx: Transaction, planId: string, rows: readonly PlanItemRow[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.map(({ position, item }) => ({ plan_id: planId, position, item }));
  await tx.build((kysely) => kysely.insertInto('plan_items').values(values));
}

/** In their order, strictly after `after`; -1 is before the first. */
export function listPlanItems(db: Queryable, page: ItemPage): Promise<readonly PlanItemRow[]> {
  return db.all(items, page);
}

export async function savePlanItem(tx: Transaction, planId: string, { position, item }: PlanItemRow): Promise<void> {
  await tx.all(itemSaved, { planId, position, item });
}

/** @returns how many there were below that position. */
export async function deletePlanItems(tx: Transaction, planId: string, before: number): Promise<number> {
  return (await tx.all(itemsRemoved, { planId, before })).length;
}
