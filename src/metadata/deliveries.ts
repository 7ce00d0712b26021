import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

export type DeliveryState = 'waiting' | 'delivered' | 'failed';

/** One event on its way to one webhook. Times are milliseconds since the epoch. */
export interface DeliveryRow {
  readonly id: number;
  readonly webhookId: number;
  readonly sequence: number | null;
  readonly eventId: string;
  /** JSON. */
  readonly event: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAt: number | null;
  readonly lastAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly response: string | null;
  readonly createdAt: number;
}

export const DELIVERY_COLUMNS = [
  'id',
  'webhook_id as webhookId',
  'sequence',
  'event_id as eventId',
  'event',
  'state',
  'attempts',
  'next_at as nextAt',
  'last_at as lastAt',
  'last_status as lastStatus',
  'last_error as lastError',
  'response',
  'created_at as createdAt',
] as const;

export type NewDelivery = Pick<DeliveryRow, 'webhookId' | 'sequence' | 'eventId' | 'event'>;

/** Engines bound the number of parameters of a statement. */
const ROWS_PER_STATEMENT = 500;

/** Events that are to be sent from now on. @returns their numbers, in the same order. */
export async function insertDeliveries(
  tx: Transaction,
  deliveries: readonly NewDelivery[],
  now: Date,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let start = 0; start < deliveries.length; start += ROWS_PER_STATEMENT) {
    const values = deliveries.slice(start, start + ROWS_PER_STATEMENT).map((delivery) => ({
      webhook_id: delivery.webhookId,
      sequence: delivery.sequence,
      event_id: delivery.eventId,
      event: delivery.event,
      state: 'waiting' as const,
      attempts: 0,
      next_at: now.getTime(),
      last_at: null,
      last_status: null,
      last_error: null,
      response: null,
      created_at: now.getTime(),
    }));
    const rows = await tx.build((db) => db.insertInto('deliveries').values(values).returning('id'));
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

interface Claim {
  readonly webhookId: number;
  readonly now: number;
  readonly until: number;
  readonly rows: number;
}

const claimed = query((db, parameter: Parameter<Claim>) =>
  db
    .updateTable('deliveries')
    .set(({ eb }) => ({
      attempts: eb('attempts', '+', 1),
      last_at: parameter('now'),
      next_at: parameter('until'),
    }))
    .where('id', 'in', (select) =>
      select
        .selectFrom('deliveries')
        .select('id')
        .where('webhook_id', '=', parameter('webhookId'))
        .where('next_at', '<=', parameter('now'))
        .orderBy('next_at')
        .orderBy('id')
        .limit(parameter('rows')),
    )
    // Again, for whoever waited here for another who claimed them.
    .where('next_at', '<=', parameter('now'))
    .returning(DELIVERY_COLUMNS),
);

const firstDue = query((db, parameter: Parameter<{ webhookId: number; now: number }>) =>
  db
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', parameter('webhookId'))
    .where('next_at', '<=', parameter('now'))
    .limit(1),
);

export async function hasDueDeliveries(db: Queryable, webhookId: number, now: Date): Promise<boolean> {
  return (await db.first(firstDue, { webhookId, now: now.getTime() })) !== undefined;
}

/**
 * Takes those whose time has come, oldest first, for whoever sends them now. They are written down as tried, and come up
 * again by themselves when nothing more is said of them until then: whoever took them has died.
 */
export async function claimDeliveries(
  tx: Transaction,
  { webhookId, until, rows }: { readonly webhookId: number; readonly until: Date; readonly rows: number },
  now: Date,
): Promise<readonly DeliveryRow[]> {
  const taken = await tx.all(claimed, { webhookId, now: now.getTime(), until: until.getTime(), rows });
  return taken.toSorted((one, other) => one.id - other.id);
}

const claimedOne = query((db, parameter: Parameter<{ id: number; now: number; until: number }>) =>
  db
    .updateTable('deliveries')
    .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), last_at: parameter('now'), next_at: parameter('until') }))
    .where('id', '=', parameter('id')),
);

/** As {@link claimDeliveries}, for one that was just written. */
export async function claimDelivery(tx: Transaction, id: number, until: Date, now: Date): Promise<void> {
  await tx.all(claimedOne, { id, now: now.getTime(), until: until.getTime() });
}

/** What came of an attempt. */
export interface AttemptResult {
  readonly id: number;
  readonly state: DeliveryState;
  /** Of a waiting one. */
  readonly nextAt: Date | undefined;
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The beginning of what was answered. */
  readonly response: string | undefined;
}

interface ResultColumns {
  readonly id: number;
  readonly state: DeliveryState;
  readonly nextAt: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
}

const noted = query((db, parameter: Parameter<ResultColumns>) =>
  db
    .updateTable('deliveries')
    .set({
      state: parameter('state'),
      next_at: parameter('nextAt'),
      last_status: parameter('status'),
      last_error: parameter('error'),
      response: parameter('response'),
    })
    .where('id', '=', parameter('id')),
);

export async function noteAttempt(tx: Transaction, result: AttemptResult): Promise<void> {
  const { id, state, nextAt, status, error, response } = result;
  await tx.all(noted, {
    id,
    state,
    nextAt: nextAt?.getTime() ?? null,
    status: status ?? null,
    error: error ?? null,
    response: response ?? null,
  });
}

const returned = query((db, parameter: Parameter<{ id: number; now: number }>) =>
  db
    .updateTable('deliveries')
    .set(({ eb }) => ({ attempts: eb('attempts', '-', 1), next_at: parameter('now') }))
    .where('id', '=', parameter('id'))
    .where('state', '=', 'waiting'),
);

/** It was not sent after all. */
export async function returnDelivery(tx: Transaction, id: number, now: Date): Promise<void> {
  await tx.all(returned, { id, now: now.getTime() });
}

const givenUp = query((db, parameter: Parameter<{ webhookId: number; error: string }>) =>
  db
    .updateTable('deliveries')
    .set({ state: 'failed', next_at: null, last_error: parameter('error') })
    .where('webhook_id', '=', parameter('webhookId'))
    .where('next_at', 'is not', null),
);

/** Nothing that waits is sent to this webhook any more. */
export async function giveUpDeliveries(tx: Transaction, webhookId: number, error: string): Promise<void> {
  await tx.all(givenUp, { webhookId, error });
}
