export type BackupErrorCode =
  | 'BACKUP_RUNNING'
  | 'BACKUP_FULL'
  | 'BACKUP_UNREACHABLE'
  | 'BACKUP_FOREIGN'
  | 'BACKUP_UNKNOWN'
  | 'BACKUP_DAMAGED'
  | 'TARGET_NOT_EMPTY'
  | 'TARGET_INVALID'
  | 'COPY_DIFFERS'
  | 'MIGRATION_RUNNING';

/** A condition that whoever asked for a backup, a restore or a migration can mend; the message says how. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
