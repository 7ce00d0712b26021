import { BackupError } from '../backup/backup-error.ts';
import { isMovedOut } from '../backup/moving-mark.ts';
import type { Config } from '../config.ts';
import type { Auth } from '../auth/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { openAccess } from './access.ts';
import { DatabaseRefusedError } from '../metadata/postgres/postgres-errors.ts';
import { FolderInUseError } from '../storage/filesystem/folder-lock.ts';
import { S3SetupError } from '../storage/s3/s3-failure.ts';
import { openContent, type Content } from './content.ts';

/** Everything that is kept in one data folder, opened by the process that owns it. */
export interface Installation {
  readonly content: Content;
  readonly auth: Auth;
  close(): Promise<void>;
}

/** No right to write there, not a folder, not a database of ours: what the system says of it is in the message. */
export class DataFolderError extends Error {
  constructor(folder: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The data folder ${folder} cannot be opened: ${reason}. What to do: havre doctor`, { cause });
    this.name = new.target.name;
  }
}

/**
 * @throws {FolderInUseError} another process has the folder.
 * @throws {DataFolderError} nobody can have it as it is.
 * @throws {DatabaseRefusedError} PostgreSQL cannot be used as it is configured.
 * @throws {S3SetupError} S3 cannot be used as it is configured.
 */
export async function openInstallation(config: Config, log: Logger, now: () => Date): Promise<Installation> {
  const content = await openContent(config, log, now).catch((error: unknown) => {
    const isSaid = [FolderInUseError, DatabaseRefusedError, S3SetupError, BackupError].some(
      (kind) => error instanceof kind,
    );
    throw isSaid ? error : new DataFolderError(config.data, error);
  });
  try {
    const auth = await openAccess(config, content, log, now);
    if (await isMovedOut(content.ungated)) {
      await content.gate.close();
      log.warn(
        {},
        'this registry has moved elsewhere and is read-only here; to go back: havre migrate --resume-serving',
      );
    }
    return {
      content,
      auth,
      close: async () => {
        try {
          await auth.close();
        } finally {
          await content.close();
        }
      },
    };
  } catch (error) {
    await content.close();
    throw error;
  }
}
