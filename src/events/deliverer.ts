import type { Database } from '../metadata/database.ts';
import { claimDeliveries, hasDueDeliveries, returnDelivery, type DeliveryRow } from '../metadata/deliveries.ts';
import { findWebhookById } from '../metadata/webhooks.ts';
import { attempt, type AttemptParts } from './attempt.ts';
import { readEvent } from './event.ts';
import { enabledWebhooks } from './fan-out.ts';
import { recordAttempt, type Outcome } from './record-attempt.ts';
import { webhookOf, type Webhook } from './webhook.ts';

/** To one receiver at once; to one that fails, one: it has enough to do, and others wait for nothing. */
const AT_ONCE = 4;
/** Webhooks at once. */
const WEBHOOKS_AT_ONCE = 16;
/** What was claimed comes up again so long after whoever claimed it died: longer than any attempt takes. */
const CLAIM_SECONDS = 30;

export interface DelivererParts extends AttemptParts {
  readonly db: Database;
  readonly now: () => Date;
  /** A webhook to which nothing could be delivered for so long is stopped; 0: never. */
  readonly disableAfterDays: number;
  /** From 0 to 1. Default `Math.random`. */
  readonly chance?: () => number;
  /** Told of what is no receiver's fault. */
  readonly onError: (error: unknown) => void;
}

export type DeliveryCounts = Readonly<Record<Outcome, number>>;

/**
 * Sends what waits to be sent, at least once. What it takes is written down as taken before it is sent, so that a death
 * in between costs half a minute, and the receiver sees the event twice at worst, by one id. One node at a time is to do
 * this; two that do it nevertheless take different events.
 */
export class Deliverer {
  readonly #parts: DelivererParts;
  /** The work on each webhook, by its number. */
  readonly #busy = new Map<number, Promise<void>>();
  readonly #counts = { delivered: 0, retried: 0, failed: 0 };

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /** Since this process began. */
  get counts(): DeliveryCounts {
    return this.#counts;
  }

  get isBusy(): boolean {
    return this.#busy.size > 0;
  }

  /** Those to whom something is to be sent now, and nobody does. */
  async due(): Promise<readonly Webhook[]> {
    const { db, now } = this.#parts;
    const open = (await enabledWebhooks(db)).filter(
      (webhook) => !this.#busy.has(webhook.id) && isAwake(webhook, now()),
    );
    const due = await Promise.all(open.map(({ id }) => hasDueDeliveries(db, id, now())));
    return open.filter((_, index) => due[index] === true);
  }

  /** Begins to send to these, each by itself until nothing is left: a slow receiver keeps nobody waiting. */
  start(webhooks: readonly Webhook[], signal: AbortSignal): void {
    for (const webhook of webhooks) {
      if (this.#busy.has(webhook.id) || this.#busy.size >= WEBHOOKS_AT_ONCE) continue;
      const work = this.#drain(webhook, signal)
        .catch((error: unknown) => {
          if (!signal.aborted) this.#parts.onError(error);
        })
        .finally(() => this.#busy.delete(webhook.id));
      this.#busy.set(webhook.id, work);
    }
  }

  /** Resolves when nothing that was begun is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #drain(first: Webhook, signal: AbortSignal): Promise<void> {
    const { db, now } = this.#parts;
    for (let webhook: Webhook | undefined = first; webhook !== undefined; webhook = await this.#again(webhook.id)) {
      signal.throwIfAborted();
      const claim = { webhookId: webhook.id, rows: webhook.failingSince === undefined ? AT_ONCE : 1 };
      const at = now();
      const until = new Date(at.getTime() + CLAIM_SECONDS * 1000);
      const rows = await db.transaction((tx) => claimDeliveries(tx, { ...claim, until }, at), { durable: false });
      if (rows.length === 0) return;
      const taker = webhook;
      await Promise.all(rows.map((row) => this.#deliver(taker, row, signal)));
    }
  }

  /** It may have been changed, stopped or removed since. */
  async #again(id: number): Promise<Webhook | undefined> {
    const row = await findWebhookById(this.#parts.db, id);
    if (row === undefined) return undefined;
    const webhook = webhookOf(row);
    return webhook.isEnabled && isAwake(webhook, this.#parts.now()) ? webhook : undefined;
  }

  async #deliver(webhook: Webhook, row: DeliveryRow, signal: AbortSignal): Promise<void> {
    const { db, now } = this.#parts;
    const sending = { webhook, event: readEvent(row.event), deliveryId: row.id, at: now() };
    const made = await attempt(this.#parts, sending, signal).catch(async (error: unknown) => {
      // We stop, or something of ours broke: it is sent again, soon.
      await db.transaction((tx) => returnDelivery(tx, row.id, now()), { durable: false });
      throw error;
    });
    const outcome = await recordAttempt(this.#parts, { webhook, row, made });
    this.#counts[outcome] += 1;
  }
}

function isAwake({ resumeAt }: Webhook, now: Date): boolean {
  return resumeAt === undefined || resumeAt <= now;
}
