import { LEASES } from '../jobs/lease-names.ts';
import type { Leases } from '../jobs/leases.ts';
import { BackupError } from './backup-error.ts';

/**
 * Does the work as the only backup or migration of this database. Meanwhile no bytes are swept: what was named at its
 * beginning can be copied to its end.
 *
 * @param work is told, by its signal, when the lease was lost.
 * @throws {BackupError} another one runs.
 */
export async function withBackupLease<Result>(
  leases: Pick<Leases, 'take'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lease = await leases.take(LEASES.backup);
  if (lease === undefined) {
    throw new BackupError(
      'BACKUP_RUNNING',
      'A backup or a migration of this registry is running already. Wait for its end; if its node was killed, for a minute.',
    );
  }
  try {
    return await work(AbortSignal.any([signal, lease.signal]));
  } finally {
    await lease.release();
  }
}
