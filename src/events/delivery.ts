import type { DeliveryRow, DeliveryState } from '../metadata/deliveries.ts';
import { readEvent, type RegistryEvent } from './event.ts';

/** What became of an event on its way to a webhook, so far. */
export interface Delivery {
  readonly id: number;
  readonly event: RegistryEvent;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly lastAttemptAt: Date | undefined;
  /** Of a waiting one. */
  readonly nextAttemptAt: Date | undefined;
  /** Of the last answer. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  /** The beginning of what was answered. */
  readonly response: string | undefined;
}

export function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    event: readEvent(row.event),
    state: row.state,
    attempts: row.attempts,
    createdAt: new Date(row.createdAt),
    lastAttemptAt: row.lastAt === null ? undefined : new Date(row.lastAt),
    nextAttemptAt: row.nextAt === null ? undefined : new Date(row.nextAt),
    status: row.lastStatus ?? undefined,
    error: row.lastError ?? undefined,
    response: row.response ?? undefined,
  };
}
