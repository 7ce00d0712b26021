import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import { deleteSealedUpTo, findChainHead, listSealed, type SealedRow } from '../metadata/audit-rows.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { auditChainLock } from '../metadata/locks.ts';
import { PRUNED } from './pruned-row.ts';

/** Few enough that whoever pushes does not notice one. */
const ROWS_PER_BATCH = 1000;

export interface PruneOptions {
  /** What is as old goes. */
  readonly keepDays: number;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/**
 * Removes the oldest rows of the chain, in small steps. Each step leaves a row that says up to where it went, which has
 * the hash that the next row refers to: so what stays can still be verified. The head of the chain always stays.
 *
 * @returns how many rows went.
 */
export async function pruneAudit(db: Database, { keepDays, now, signal }: PruneOptions): Promise<number> {
  const until = now.getTime() - keepDays * 86_400_000;
  let total = 0;
  while (signal?.aborted !== true) {
    const removed = await db.transaction((tx) => pruneBatch(tx, until, now));
    total += removed;
    if (removed < ROWS_PER_BATCH) break;
  }
  return total;
}

async function pruneBatch(tx: Transaction, until: number, now: Date): Promise<number> {
  const lock = auditChainLock();
  if (!(await tx.tryLock([lock])).has(lock)) return 0;
  const head = await findChainHead(tx);
  const old = oldestOf(
    await listSealed(tx, 0, ROWS_PER_BATCH),
    (row) => row.at < until && row.sequence !== head?.sequence,
  );
  const last = old.at(-1);
  const first = old[0];
  if (first === undefined || last === undefined) return 0;
  await deleteSealedUpTo(tx, last.sequence);
  const details = {
    rows: old.length,
    sequence: last.sequence,
    hash: last.hash,
    since: timeOf(first),
    until: timeOf(last),
  };
  await appendAudit(tx, systemActor('expiry'), { action: PRUNED, details }, now);
  return old.length;
}

/** The beginning of a chain has no holes: what stands behind a row that stays, stays. */
function oldestOf(rows: readonly SealedRow[], isOld: (row: SealedRow) => boolean): readonly SealedRow[] {
  const kept = rows.findIndex((row) => !isOld(row));
  return kept === -1 ? rows : rows.slice(0, kept);
}

function timeOf({ at }: SealedRow): string {
  return new Date(at).toISOString();
}
