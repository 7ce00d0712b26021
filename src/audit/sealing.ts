import { findChainHead } from '../metadata/audit-rows.ts';
import type { Database } from '../metadata/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Sealer } from './sealer.ts';

export interface SealingParts {
  readonly sealer: Pick<Sealer, 'seal'>;
  readonly db: Database;
  readonly log: Logger;
  /** Between two looks. Default 1. */
  readonly seconds?: number;
  /** Between two lines of the log that say where the chain ends, if it has grown. Default 3600. */
  readonly tellSeconds?: number;
}

export interface Sealing {
  /** Seals what is there by now, and waits for it. */
  stop(): Promise<void>;
}

/**
 * Seals again and again, on every node: a look that finds nothing costs less than a lease would. The end of the chain is
 * written to the log now and then, which is a place that whoever changes the database may not reach.
 */
export function startSealing({ sealer, db, log, seconds = 1, tellSeconds = 3600 }: SealingParts): Sealing {
  const stopping = new AbortController();
  let toldAt = Number.NEGATIVE_INFINITY;
  let toldSequence = 0;
  let isFailing = false;

  const tell = async (): Promise<void> => {
    toldAt = performance.now();
    const head = await findChainHead(db);
    if (head === undefined || head.sequence === toldSequence) return;
    toldSequence = head.sequence;
    log.info({ ...head }, 'the audit ends here; havre audit verify --head compares');
  };
  const once = async (signal?: AbortSignal): Promise<void> => {
    try {
      await sealer.seal(signal);
      if (performance.now() - toldAt >= tellSeconds * 1000) await tell();
      isFailing = false;
    } catch (error) {
      // Said once, and again when it had been well meanwhile: a database that is away is told of by everybody.
      if (!isFailing) log.warn({ err: error }, 'the audit could not be sealed; it is tried again');
      isFailing = true;
    }
  };

  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= once(stopping.signal).finally(() => {
      running = undefined;
    });
  }, seconds * 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await running;
      toldAt = Number.NEGATIVE_INFINITY;
      await once();
    },
  };
}
