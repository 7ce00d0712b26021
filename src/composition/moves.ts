import { join } from 'node:path';
import type { RestoreLine } from '../api/backup/contract.ts';
import { restoreReportOf } from '../api/backup/reports.ts';
import { progressLines, type Telling } from '../api/progress-lines.ts';
import { backUp, type BackupOptions, type BackupReport } from '../backup/backup.ts';
import { BackupError } from '../backup/backup-error.ts';
import type { BackupPlace } from '../backup/backup-place.ts';
import { FolderPlace } from '../backup/folder-place.ts';
import { restore, type RestoreOptions, type RestoreReport } from '../backup/restore.ts';
import { TransientNotes } from '../backup/transient-notes.ts';
import type { MoveProgress } from '../backup/progress.ts';
import { InterruptedError } from '../cli/cli-error.ts';
import type { RestoreRequest } from '../cli/cli-host.ts';
import type { Config } from '../config.ts';
import { storageLocation } from '../config/storage-location.ts';
import { sqliteFiles } from '../metadata/sqlite/facts-files.ts';
import { DatabaseRefusedError } from '../metadata/postgres/postgres-errors.ts';
import { FolderInUseError } from '../storage/filesystem/folder-lock.ts';
import { S3SetupError } from '../storage/s3/s3-failure.ts';
import type { Logger } from '../telemetry/log.ts';
import { openBytes } from './bytes.ts';
import { lockFolders, type Content } from './content.ts';
import { openFacts } from './facts.ts';
import { openNamedBucket } from './named-bucket.ts';
import { VERSION } from './version.ts';

/** What is on its way to or from a backup that is not on a disk of this machine. */
function scratchOf(config: Config): string {
  return join(config.data, 'moving');
}

/** Makes backups of one installation. */
export function backUpOf(
  config: Config,
  { db, store, leases }: Pick<Content, 'db' | 'store' | 'leases'>,
  now: () => Date,
): (target: string, options: BackupOptions) => Promise<BackupReport> {
  const parts = { db, store, leases, version: VERSION, now, files: sqliteFiles, scratch: scratchOf(config) };
  return (target, options) => withPlace(target, (place) => backUp(parts, place, options));
}

/**
 * Fills the installation that the configuration names, which nobody may be serving meanwhile.
 *
 * @throws {FolderInUseError} somebody is.
 */
export async function restoreInto(
  config: Config,
  source: string,
  options: RestoreOptions & { readonly log: Logger },
): Promise<RestoreReport> {
  process.umask(0o077);
  const now = (): Date => new Date();
  return withPlace(source, async (place) => {
    await using open = new AsyncDisposableStack();
    for (const lock of await lockFolders(config)) open.defer(() => lock.release());
    const db = await openFacts(config, options.log);
    open.defer(() => db.close());
    const store = await openBytes(config, { notes: new TransientNotes(), log: options.log });
    open.defer(() => store.close());
    const parts = { to: { db, store }, now, files: sqliteFiles, scratch: scratchOf(config) };
    return await restore(parts, place, options);
  });
}

/** A restore, line by line, for the command line. */
export async function* restoreLines(
  config: Config,
  { source, snapshot }: RestoreRequest,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): AsyncGenerator<RestoreLine, void> {
  const onFailure = (error: unknown): void => log.error({ err: error }, 'the restore failed');
  yield* progressLines(
    async ({ progress }: Telling<MoveProgress, never>) =>
      restoreReportOf(await restoreInto(config, source, { snapshot, signal, log, onProgress: progress })),
    { now: () => new Date(), onFailure, signal },
  );
  if (signal.aborted) throw new InterruptedError();
}

/** What their messages say is for whoever named the place. */
const SAID = [FolderInUseError, DatabaseRefusedError, S3SetupError];

async function withPlace<Result>(target: string, work: (place: BackupPlace) => Promise<Result>): Promise<Result> {
  try {
    return await withOpenPlace(target, work);
  } catch (error) {
    throw saidAsMoveError(error);
  }
}

/** Conditions that whoever named the place can mend, as what the admin API tells; others as they are. */
export function saidAsMoveError(error: unknown): unknown {
  if (!(error instanceof Error) || !SAID.some((kind) => error instanceof kind)) return error;
  return new BackupError('TARGET_INVALID', `${error.message}.`.replace(/\.\.$/, '.'), { cause: error });
}

async function withOpenPlace<Result>(target: string, work: (place: BackupPlace) => Promise<Result>): Promise<Result> {
  const location = storageLocation.read(target, process.cwd());
  if (location === undefined) {
    throw new BackupError(
      'TARGET_INVALID',
      // Not as it was typed: there may be a password in it.
      `A backup is in ${storageLocation.expects}. ${storageLocation.hint?.(target) ?? ''}`.trimEnd(),
    );
  }
  if (location.kind === 'folder') return work(new FolderPlace(location.path));
  const bucket = await openNamedBucket(location);
  try {
    const { S3Place } = await import('../backup/s3-place.ts');
    return await work(new S3Place(`s3://${location.bucket}/${location.prefix}`, bucket));
  } finally {
    bucket.close();
  }
}
