import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { DELIVERY_COLUMNS, type DeliveryRow, type DeliveryState } from './deliveries.ts';

/*
 * What was sent, and what came of it: for people, until it is forgotten.
 */

const byId = query((db, parameter: Parameter<{ id: number }>) =>
  db.selectFrom('deliveries').select(DELIVERY_COLUMNS).where('id', '=', parameter('id')),
);

export function findDelivery(db: Queryable, id: number): Promise<DeliveryRow | undefined> {
  return db.first(byId, { id });
}

export interface DeliveryPage {
  readonly webhookId: number;
  readonly state: DeliveryState | undefined;
  /** The page begins below this number. */
  readonly before: number | undefined;
  readonly rows: number;
}

/** Newest first. */
export function listDeliveries(
  db: Queryable,
  { webhookId, state, before, rows }: DeliveryPage,
): Promise<readonly DeliveryRow[]> {
  return db.build((kysely) => {
    let page = kysely.selectFrom('deliveries').select(DELIVERY_COLUMNS).where('webhook_id', '=', webhookId);
    if (state !== undefined) page = page.where('state', '=', state);
    if (before !== undefined) page = page.where('id', '<', before);
    return page.orderBy('id', 'desc').limit(rows);
  });
}

const latest = query((db, parameter: Parameter<{ webhookId: number; eventId: string }>) =>
  db
    .selectFrom('deliveries')
    .select(DELIVERY_COLUMNS)
    .where('webhook_id', '=', parameter('webhookId'))
    .where('event_id', '=', parameter('eventId'))
    .orderBy('id', 'desc')
    .limit(1),
);

/** The last time that an event went to a webhook. */
export function findDeliveryOfEvent(
  db: Queryable,
  webhookId: number,
  eventId: string,
): Promise<DeliveryRow | undefined> {
  return db.first(latest, { webhookId, eventId });
}

const old = query((db, parameter: Parameter<{ before: number; rows: number }>) =>
  db
    .deleteFrom('deliveries')
    .where('id', 'in', (select) =>
      select
        .selectFrom('deliveries')
        .select('id')
        .where('created_at', '<', parameter('before'))
        .where(({ eb, or, selectFrom }) =>
          or([
            eb('next_at', 'is', null),
            // Nobody sends these any more: their webhook is stopped, or was removed while they were written.
            eb('webhook_id', 'not in', selectFrom('webhooks').select('id').where('is_enabled', '=', 1)),
          ]),
        )
        .orderBy('id')
        .limit(parameter('rows')),
    )
    .returning('id'),
);

const superfluous = query((db, parameter: Parameter<{ webhookId: number; kept: number; rows: number }>) =>
  db
    .deleteFrom('deliveries')
    .where('id', 'in', (select) =>
      select
        .selectFrom('deliveries')
        .select('id')
        .where('webhook_id', '=', parameter('webhookId'))
        .where('next_at', 'is', null)
        .where('id', '<=', (last) =>
          last
            .selectFrom('deliveries')
            .select('id')
            .where('webhook_id', '=', parameter('webhookId'))
            .where('next_at', 'is', null)
            .orderBy('id', 'desc')
            .limit(1)
            .offset(parameter('kept')),
        )
        .orderBy('id')
        .limit(parameter('rows')),
    )
    .returning('id'),
);

/** Forgets what is over and was made before then, at most so many. @returns how many. */
export async function deleteOldDeliveries(tx: Transaction, before: Date, rows: number): Promise<number> {
  return (await tx.all(old, { before: before.getTime(), rows })).length;
}

/** Forgets what is over and is not among the newest `kept` of its webhook. @returns how many. */
export async function deleteSuperfluousDeliveries(
  tx: Transaction,
  parameters: { readonly webhookId: number; readonly kept: number; readonly rows: number },
): Promise<number> {
  return (await tx.all(superfluous, parameters)).length;
}

const ofWebhook = query((db, parameter: Parameter<{ webhookId: number; rows: number }>) =>
  db
    .deleteFrom('deliveries')
    .where('id', 'in', (select) =>
      select
        .selectFrom('deliveries')
        .select('id')
        .where('webhook_id', '=', parameter('webhookId'))
        .limit(parameter('rows')),
    )
    .returning('id'),
);

/** Of a webhook that goes, some. @returns how many. */
export async function deleteDeliveriesOf(tx: Transaction, webhookId: number, rows: number): Promise<number> {
  return (await tx.all(ofWebhook, { webhookId, rows })).length;
}

const waiting = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('deliveries')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
    .where('next_at', 'is not', null),
);

/** What is still to be sent, and since when the oldest of it is. */
export async function countWaitingDeliveries(
  db: Queryable,
): Promise<{ readonly count: number; readonly oldest: Date | undefined }> {
  const row = await db.first(waiting, {});
  const oldest = row?.oldest ?? null;
  return { count: Number(row?.count ?? 0), oldest: oldest === null ? undefined : new Date(Number(oldest)) };
}
