import type { Database } from '../metadata/database.ts';
import { findLease, releaseLease, renewLease, takeLease, type LeaseClaim } from '../metadata/leases.ts';
import { BackupError } from './backup-error.ts';

/** While somebody has it, garbage collection forgets but sweeps no bytes: a backup copies what was named at its start. */
export const BACKUP_LEASE = 'backup';

const LEASE_SECONDS = 60;
const RENEWAL_MILLISECONDS = 15_000;

/** In this process, of databases that are its own: what a lease there says of another holder is of a process that died. */
const running = new WeakSet<Database>();

/**
 * Does the work as the only backup or migration of this database.
 *
 * @param work is told, by its signal, when the lease was lost.
 * @throws {BackupError} another one runs.
 */
export async function withBackupLease<Result>(
  { db, now }: { readonly db: Database; readonly now: () => Date },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const claim: LeaseClaim = { name: BACKUP_LEASE, holder: crypto.randomUUID(), seconds: LEASE_SECONDS };
  if (running.has(db)) throw alreadyRunning(undefined);
  running.add(db);
  const lost = new AbortController();
  let timer: ReturnType<typeof setInterval> | undefined;
  try {
    await take(db, claim, now());
    timer = setInterval(() => {
      renewLease(db, claim, now()).then(
        (isOurs) => isOurs || lost.abort(alreadyRunning(undefined)),
        () => undefined, // the next renewal is in time, or the one who takes over is
      );
    }, RENEWAL_MILLISECONDS);
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
    await releaseLease(db, claim).catch(() => undefined); // it ends by itself
    running.delete(db);
  }
}

async function take(db: Database, claim: LeaseClaim, now: Date): Promise<void> {
  if (await takeLease(db, claim, now)) return;
  const other = await findLease(db, BACKUP_LEASE, now);
  if (!db.isShared && other !== undefined) await releaseLease(db, { ...claim, holder: other.holder });
  if (db.isShared || !(await takeLease(db, claim, now))) throw alreadyRunning(other?.startedAt);
}

function alreadyRunning(since: Date | undefined): BackupError {
  const when = since === undefined ? '' : `, since ${since.toISOString()}`;
  return new BackupError(
    'BACKUP_RUNNING',
    `A backup or a migration of this registry is running already${when}. Wait for its end; if its node was killed, for a minute.`,
  );
}
