import type { Actor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import { insertDeliveries } from '../metadata/deliveries.ts';
import type { RegistryEvent } from './event.ts';
import { deliveriesOf, enabledWebhooks } from './fan-out.ts';
import { PULL_TYPE, wantsPulls } from './wanted.ts';

/** A manifest that was given to a client. */
export interface Pull {
  readonly repository: string;
  readonly digest: string;
  /** By which it was asked for, if it was. */
  readonly tag?: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  readonly method: 'GET' | 'HEAD';
  readonly actor: Actor;
}

/** Told of pulls, by whoever answers them. Never fails, and costs nothing while nobody wants to know. */
export interface PullSink {
  /** Whether somebody wants to know: else nobody need tell. */
  readonly isWanted: boolean;
  pulled(pull: Pull): void;
}

export interface PullEventsParts {
  readonly db: Database;
  readonly now: () => Date;
  /** Held in memory between two looks; what comes beyond is dropped, and counted. Default 10,000. */
  readonly capacity?: number;
}

/**
 * Pulls for webhooks that ask for them. They are no facts of the registry, and a pull waits for no disk: they are held in
 * memory until the next flush, a second or so. A process that is killed loses those; more than the capacity at once are
 * dropped. What was flushed is delivered at least once, as all else.
 */
export class PullEvents implements PullSink {
  readonly #parts: PullEventsParts;
  readonly #capacity: number;
  #pending: RegistryEvent[] = [];
  #isWanted = false;
  #dropped = 0;

  constructor(parts: PullEventsParts) {
    this.#parts = parts;
    this.#capacity = parts.capacity ?? 10_000;
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Since this process began. */
  get dropped(): number {
    return this.#dropped;
  }

  pulled({ repository, digest, tag, mediaType, size, method, actor }: Pull): void {
    if (!this.#isWanted) return;
    if (this.#pending.length >= this.#capacity) {
      this.#dropped += 1;
      return;
    }
    this.#pending.push({
      id: crypto.randomUUID(),
      type: PULL_TYPE,
      time: this.#parts.now().toISOString(),
      repository,
      digest,
      ...(tag !== undefined && { tag }),
      details: { mediaType, size },
      actor: { kind: actor.principalKind, name: actor.principalName },
      request: {
        ...(actor.requestId !== undefined && { id: actor.requestId }),
        ...(actor.source !== undefined && { address: actor.source }),
        ...(actor.client !== undefined && { client: actor.client }),
        method,
      },
    });
  }

  /** Looks who wants pulls, and writes down those that came since the last time. What cannot be written is kept. */
  async flush(): Promise<void> {
    const { db, now } = this.#parts;
    const webhooks = (await enabledWebhooks(db)).filter(wantsPulls);
    this.#isWanted = webhooks.length > 0;
    const events = this.#pending;
    this.#pending = [];
    const deliveries = events.flatMap((event) => deliveriesOf(event, webhooks));
    if (deliveries.length === 0) return;
    try {
      await db.transaction((tx) => insertDeliveries(tx, deliveries, now()), { durable: false });
    } catch (error) {
      this.#keep(events);
      throw error;
    }
  }

  #keep(events: readonly RegistryEvent[]): void {
    const all = [...events, ...this.#pending];
    this.#dropped += Math.max(0, all.length - this.#capacity);
    this.#pending = all.slice(0, this.#capacity);
  }
}
