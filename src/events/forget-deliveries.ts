import type { Database } from '../metadata/database.ts';
import { deleteOldDeliveries, deleteSuperfluousDeliveries } from '../metadata/delivery-log.ts';
import { enabledWebhooks } from './fan-out.ts';

export interface DeliveryLimits {
  readonly keepDays: number;
  /** Of each webhook, besides those that wait. */
  readonly keepPerWebhook: number;
}

const ROWS_PER_TRANSACTION = 500;

/** Bounds the log of deliveries, in small steps. What waits to be sent stays. @returns how many are gone. */
export async function forgetDeliveries(
  db: Database,
  { keepDays, keepPerWebhook }: DeliveryLimits,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<number> {
  const before = new Date(now.getTime() - keepDays * 86_400_000);
  let gone = await untilDone(signal, () =>
    db.transaction((tx) => deleteOldDeliveries(tx, before, ROWS_PER_TRANSACTION), { durable: false }),
  );
  for (const { id } of await enabledWebhooks(db)) {
    const wanted = { webhookId: id, kept: keepPerWebhook, rows: ROWS_PER_TRANSACTION };
    gone += await untilDone(signal, () =>
      db.transaction((tx) => deleteSuperfluousDeliveries(tx, wanted), { durable: false }),
    );
  }
  return gone;
}

async function untilDone(signal: AbortSignal, step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = await step();
    total += rows;
    if (rows < ROWS_PER_TRANSACTION) return total;
  }
}
