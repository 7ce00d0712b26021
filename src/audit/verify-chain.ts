import type { Database } from '../metadata/database.ts';
import { listSealed, listUnsealed, type ChainLink, type SealedRow } from '../metadata/audit-rows.ts';
import { detailsOf, hashOf } from './audit-line.ts';
import { ChainCheck, type ChainReport, type ChainRow } from './chain-check.ts';

/** A few milliseconds of whoever else is served. */
const ROWS_PER_STRETCH = 500;
/** Rows that came since the last sealing: they are few. */
const MOST_UNSEALED = 1000;

export interface VerifyChainOptions {
  readonly kept?: ChainLink | undefined;
  readonly signal?: AbortSignal;
  /** Told now and then how many rows were looked at. */
  readonly onRows?: (rows: number) => void;
}

/** Looks at the whole chain as it is at one moment. @throws the reason of the signal. */
export function verifyChain(db: Database, options: VerifyChainOptions = {}): Promise<ChainReport> {
  const { kept, signal, onRows } = options;
  return db.snapshot(async (facts) => {
    const check = new ChainCheck({ kept });
    let total = 0;
    for (let after = 0; ;) {
      signal?.throwIfAborted();
      const rows = await listSealed(facts, after, ROWS_PER_STRETCH);
      for (const row of rows) check.add(chainRowOf(row));
      total += rows.length;
      onRows?.(total);
      after = rows.at(-1)?.sequence ?? after;
      if (rows.length < ROWS_PER_STRETCH) break;
      await new Promise((resolve) => void setImmediate(resolve));
    }
    for (const row of await listUnsealed(facts, MOST_UNSEALED)) {
      check.addAnchor({ action: row.action, details: detailsOf(row) });
    }
    return check.end();
  });
}

function chainRowOf(row: SealedRow): ChainRow {
  const { sequence, hash, previousHash, at, action } = row;
  return { sequence, hash, previousHash, at, action, details: detailsOf(row), isGenuine: hashOf(row, row) === hash };
}
