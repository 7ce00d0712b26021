import type { Database, Transaction } from '../metadata/database.ts';
import {
  findChainHead,
  hasUnsealed,
  listUnsealed,
  sealRows,
  type AuditRow,
  type ChainLink,
  type SealedRow,
} from '../metadata/audit-rows.ts';
import { auditChainLock } from '../metadata/locks.ts';
import { GENESIS, hashOf } from './audit-line.ts';

/** Few enough that whoever pushes does not notice one, enough to keep up with many who push. */
const ROWS_PER_BATCH = 200;

/**
 * What else is to happen to rows that are sealed, such as telling webhooks: in the transaction that seals them, so that
 * each row comes by once, in the order of the chain, whatever dies meanwhile. May run again after a conflict.
 */
export type OnSealed = (tx: Transaction, rows: readonly SealedRow[]) => Promise<void>;

export interface SealerParts {
  readonly db: Database;
  readonly onSealed?: OnSealed;
}

/**
 * Gives recorded rows their places in the chain of hashes. Not at once, because then whoever pushes would wait for whoever
 * pushes elsewhere: a row that is written has no place yet, and gets one within a second or so.
 *
 * Any number of nodes may do this at the same time: one of them gets the lock, the others have nothing to do.
 */
export class Sealer {
  readonly #db: Database;
  readonly #onSealed: OnSealed | undefined;

  constructor({ db, onSealed }: SealerParts) {
    this.#db = db;
    this.#onSealed = onSealed;
  }

  /** Seals whatever is there to be sealed. @returns how many rows this call has sealed. */
  async seal(signal?: AbortSignal): Promise<number> {
    let total = 0;
    // Most looks find nothing, and cost one look at a short index.
    while (signal?.aborted !== true && (await hasUnsealed(this.#db))) {
      const sealed = await this.#db.transaction((tx) => this.#sealBatch(tx));
      if (sealed === 0) break;
      total += sealed;
    }
    return total;
  }

  async #sealBatch(tx: Transaction): Promise<number> {
    const lock = auditChainLock();
    if (!(await tx.tryLock([lock])).has(lock)) return 0;
    const rows = await listUnsealed(tx, ROWS_PER_BATCH);
    const sealed = chain(rows, (await findChainHead(tx)) ?? GENESIS);
    await sealRows(tx, sealed);
    if (sealed.length > 0) await this.#onSealed?.(tx, sealed);
    return sealed.length;
  }
}

function chain(rows: readonly AuditRow[], head: ChainLink): readonly SealedRow[] {
  let { sequence, hash } = head;
  return rows.map((row) => {
    const previousHash = hash;
    sequence += 1;
    hash = hashOf(row, { sequence, previousHash });
    return { ...row, sequence, previousHash, hash };
  });
}
