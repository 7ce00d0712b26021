import type { SealedRow } from '../metadata/audit-rows.ts';
import type { Queryable, Transaction } from '../metadata/database.ts';
import { insertDeliveries, type NewDelivery } from '../metadata/deliveries.ts';
import { listEnabledWebhooks } from '../metadata/webhooks.ts';
import { eventOf, type RegistryEvent } from './event.ts';
import { isWanted } from './wanted.ts';
import { webhookOf, type Webhook } from './webhook.ts';

/**
 * Writes down which webhooks are to be told of what was just sealed, in the transaction that seals it: whatever dies
 * then, nothing is forgotten and nothing is written twice. Sending comes later, and does not hold up anybody.
 *
 * @returns how many deliveries were written.
 */
export async function fanOut(tx: Transaction, rows: readonly SealedRow[], now: Date): Promise<number> {
  const webhooks = await enabledWebhooks(tx);
  if (webhooks.length === 0) return 0;
  const deliveries = rows.flatMap((row) => {
    const event = eventOf(row);
    return event === undefined ? [] : deliveriesOf(event, webhooks);
  });
  await insertDeliveries(tx, deliveries, now);
  return deliveries.length;
}

export async function enabledWebhooks(db: Queryable): Promise<readonly Webhook[]> {
  return (await listEnabledWebhooks(db)).map(webhookOf);
}

/** One for each webhook that wants it. */
export function deliveriesOf(event: RegistryEvent, webhooks: readonly Webhook[]): readonly NewDelivery[] {
  const wanting = webhooks.filter((webhook) => isWanted(webhook, event));
  if (wanting.length === 0) return [];
  const json = JSON.stringify(event);
  return wanting.map(({ id }) => ({
    webhookId: id,
    sequence: event.sequence ?? null,
    eventId: event.id,
    event: json,
  }));
}
