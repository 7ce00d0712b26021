import type { HeldLease, Leases } from '../jobs/leases.ts';
import { LEASES } from '../jobs/lease-names.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Deliverer } from './deliverer.ts';

export interface DeliveringParts {
  readonly deliverer: Pick<Deliverer, 'due' | 'start' | 'settled' | 'isBusy'>;
  readonly leases: Pick<Leases, 'take'>;
  readonly log: Logger;
  /** Whether nothing may be written now: the registry has moved away. Default: never. */
  readonly isPaused?: () => boolean;
  /** Between two looks. Default 1. */
  readonly seconds?: number;
}

export interface Delivering {
  /** Ends what is under way: what was not answered yet is sent again by whoever comes next. */
  stop(): Promise<void>;
}

/**
 * Looks every second whether something is to be sent, and has the lease for as long as something is: so one node sends,
 * and when it dies another one does. A look that finds nothing writes nothing.
 */
export function startDelivering(parts: DeliveringParts): Delivering {
  const { deliverer, leases, log, isPaused = () => false, seconds = 1 } = parts;
  const stopping = new AbortController();
  let lease: HeldLease | undefined;
  let looking: Promise<void> | undefined;
  let isFailing = false;

  const look = async (): Promise<void> => {
    const due = isPaused() ? [] : await deliverer.due();
    if (due.length === 0 && !deliverer.isBusy) {
      await lease?.release();
      lease = undefined;
      return;
    }
    if (lease?.signal.aborted === true) lease = undefined;
    if (due.length === 0) return;
    lease ??= await leases.take(LEASES.delivery);
    if (lease !== undefined) deliverer.start(due, AbortSignal.any([stopping.signal, lease.signal]));
  };
  const lookOnce = async (): Promise<void> => {
    try {
      await look();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.error({ err: error }, 'events could not be sent; it is tried again');
      isFailing = true;
    }
  };
  const timer = setInterval(() => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
  }, seconds * 1000);

  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await looking;
      await deliverer.settled();
      await lease?.release();
    },
  };
}
