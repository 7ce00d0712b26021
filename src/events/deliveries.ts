import type { Actor } from '../metadata/actor.ts';
import { findSequenceSince } from '../metadata/audit-at.ts';
import { listSealed } from '../metadata/audit-rows.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database } from '../metadata/database.ts';
import { claimDelivery, insertDeliveries, noteAttempt, type DeliveryState } from '../metadata/deliveries.ts';
import { findDelivery, listDeliveries } from '../metadata/delivery-log.ts';
import { attempt, type AttemptParts } from './attempt.ts';
import { deliveryOf, type Delivery } from './delivery.ts';
import { eventOf, type RegistryEvent } from './event.ts';
import { deliveriesOf } from './fan-out.ts';
import type { Webhook } from './webhook.ts';
import { DeliveryUnknownError, WebhookInvalidError } from './webhook-error.ts';

export interface DeliveriesParts extends AttemptParts {
  readonly db: Database;
  readonly now: () => Date;
}

/** Which events are told again; both ends are included. */
export interface EventRange {
  readonly fromSequence?: number;
  readonly toSequence?: number;
  readonly since?: Date;
  readonly until?: Date;
}

export interface Replayed {
  readonly count: number;
  /** Where to go on; absent: it was all. */
  readonly nextSequence?: number;
}

/** At once, so that one request does not take for ever. */
const MAX_REPLAYED = 10_000;
const ROWS_PER_TRANSACTION = 500;
/** How far the clocks of nodes may differ. */
const CLOCK_SECONDS = 60;
const PING_SECONDS = 60;

/** What was sent to a webhook, and sending it again. */
export class Deliveries {
  readonly #parts: DeliveriesParts;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** Newest first. @param before the page begins below this number. */
  async list(
    webhook: Webhook,
    { state, before, limit }: { readonly state?: DeliveryState; readonly before?: number; readonly limit: number },
  ): Promise<readonly Delivery[]> {
    const page = { webhookId: webhook.id, state, before, rows: limit };
    return (await listDeliveries(this.#parts.db, page)).map(deliveryOf);
  }

  /** @throws {DeliveryUnknownError} */
  async get(webhook: Webhook, id: number): Promise<Delivery> {
    const row = await findDelivery(this.#parts.db, id);
    if (row?.webhookId !== webhook.id) throw new DeliveryUnknownError(id);
    return deliveryOf(row);
  }

  /** Sends an event that means nothing, now and once, whether the webhook is enabled or not. */
  async ping(webhook: Webhook, actor: Actor): Promise<Delivery> {
    const { db, now } = this.#parts;
    const at = now();
    const event = pingEvent(webhook, actor, at);
    const id = await db.transaction(async (tx) => {
      const row = { webhookId: webhook.id, sequence: null, eventId: event.id, event: JSON.stringify(event) };
      const [made = 0] = await insertDeliveries(tx, [row], at);
      await claimDelivery(tx, made, new Date(at.getTime() + PING_SECONDS * 1000), at);
      await appendAudit(tx, actor, { action: 'webhook.pinged', details: { webhook: webhook.name } }, at);
      return made;
    });
    const never = new AbortController().signal;
    const { verdict, status, response } = await attempt(this.#parts, { webhook, event, deliveryId: id, at }, never);
    const isDelivered = verdict.outcome === 'delivered';
    const error = isDelivered ? undefined : verdict.reason;
    const state = isDelivered ? 'delivered' : 'failed';
    await db.transaction((tx) => noteAttempt(tx, { id, state, nextAt: undefined, status, error, response }));
    return await this.get(webhook, id);
  }

  /** Sends one again: the same event by the same id, as a delivery of its own. @throws {DeliveryUnknownError} */
  async replayOne(webhook: Webhook, id: number, actor: Actor): Promise<Replayed> {
    requireEnabled(webhook);
    const { db, now } = this.#parts;
    const { event } = await this.get(webhook, id);
    await db.transaction(async (tx) => {
      const row = { sequence: event.sequence ?? null, eventId: event.id, event: JSON.stringify(event) };
      await insertDeliveries(tx, [{ webhookId: webhook.id, ...row }], now());
      const details = { webhook: webhook.name, delivery: id };
      await appendAudit(tx, actor, { action: 'webhook.replayed', details }, now());
    });
    return { count: 1 };
  }

  /**
   * Sends what the audit log has of that time or of those places and the webhook wants, also what happened while it was
   * stopped, or before it existed.
   */
  async replay(webhook: Webhook, range: EventRange, actor: Actor): Promise<Replayed> {
    requireEnabled(webhook);
    const { db, now } = this.#parts;
    let after = (await this.#beginOf(range)) - 1;
    let count = 0;
    let isMore = Number.isFinite(after);
    while (isMore && count < MAX_REPLAYED) {
      const rows = await listSealed(db, after, ROWS_PER_TRANSACTION);
      const inRange = rows.filter((row) => isIn(range, row));
      const deliveries = inRange.flatMap((row) => {
        const event = eventOf(row);
        return event === undefined ? [] : deliveriesOf(event, [webhook]);
      });
      if (deliveries.length > 0) await db.transaction((tx) => insertDeliveries(tx, deliveries, now()));
      count += deliveries.length;
      const last = rows.at(-1);
      isMore = rows.length === ROWS_PER_TRANSACTION && last !== undefined && !isBehind(range, last);
      after = last?.sequence ?? after;
    }
    const details = { webhook: webhook.name, count };
    await db.transaction((tx) => appendAudit(tx, actor, { action: 'webhook.replayed', details }, now()));
    return { count, ...(isMore && { nextSequence: after + 1 }) };
  }

  async #beginOf({ fromSequence = 1, since }: EventRange): Promise<number> {
    if (since === undefined) return fromSequence;
    const from = new Date(since.getTime() - CLOCK_SECONDS * 1000);
    return Math.max(fromSequence, (await findSequenceSince(this.#parts.db, from)) ?? Infinity);
  }
}

interface Place {
  readonly sequence: number;
  readonly at: number;
}

function isIn({ fromSequence, toSequence, since, until }: EventRange, { sequence, at }: Place): boolean {
  if (sequence < (fromSequence ?? 1) || sequence > (toSequence ?? Infinity)) return false;
  return at >= (since?.getTime() ?? -Infinity) && at <= (until?.getTime() ?? Infinity);
}

/** Whether nothing of the range can come any more. */
function isBehind({ toSequence, until }: EventRange, { sequence, at }: Place): boolean {
  return sequence >= (toSequence ?? Infinity) || at > (until?.getTime() ?? Infinity) + CLOCK_SECONDS * 1000;
}

function requireEnabled({ name, isEnabled }: Webhook): void {
  if (!isEnabled) throw new WebhookInvalidError(`The webhook ${name} is disabled: enable it first.`);
}

function pingEvent({ name }: Webhook, { principalKind, principalName }: Actor, at: Date): RegistryEvent {
  return {
    id: crypto.randomUUID(),
    type: 'webhook.pinged',
    time: at.toISOString(),
    details: { webhook: name },
    actor: { kind: principalKind, name: principalName },
    request: {},
  };
}
