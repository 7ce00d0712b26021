import { AccountError, type AccountErrorCode } from '../auth/accounts/account-errors.ts';
import { BackupError, type BackupErrorCode } from '../backup/backup-error.ts';
import { ConnectionError, ConnectionInvalidError } from '../connections/connection-errors.ts';
import { WebhookError } from '../events/webhook-error.ts';
import { PatternInvalidError } from '../oci/repository-pattern.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { planProblem } from './plans/plan-problem.ts';
import { ProblemError } from './problem.ts';

const STATUS_BY_CODE: Readonly<Record<AccountErrorCode, number>> = {
  ACCOUNT_UNKNOWN: 404,
  ACCOUNT_TAKEN: 409,
  ACCOUNT_INVALID: 400,
  ACCOUNT_PROTECTED: 409,
};

const STATUS_OF_MOVE: Readonly<Record<BackupErrorCode, number>> = {
  BACKUP_RUNNING: 409,
  BACKUP_FULL: 507,
  BACKUP_UNREACHABLE: 502,
  BACKUP_FOREIGN: 409,
  BACKUP_UNKNOWN: 404,
  BACKUP_DAMAGED: 422,
  TARGET_NOT_EMPTY: 409,
  TARGET_INVALID: 400,
  COPY_DIFFERS: 409,
  MIGRATION_RUNNING: 409,
};

/** The problem that an error of the layers below is to whoever asked; other errors are given back as they are. */
export function asProblem(error: unknown): unknown {
  if (error instanceof AccountError) return new ProblemError(STATUS_BY_CODE[error.code], error.code, error.message);
  if (error instanceof BackupError) return new ProblemError(STATUS_OF_MOVE[error.code], error.code, error.message);
  if (error instanceof ConnectionError) {
    const errors = error instanceof ConnectionInvalidError ? error.problems : undefined;
    return new ProblemError(error.status, error.code, error.message, { ...(errors !== undefined && { errors }) });
  }
  if (error instanceof ProviderError) return providerProblem(error);
  if (error instanceof WebhookError) return new ProblemError(error.status, error.code, error.message);
  if (error instanceof PatternInvalidError) return new ProblemError(400, 'PATTERN_INVALID', error.message);
  return planProblem(error) ?? error;
}

/** Another registry, or the way to it, is in the way: no fault of whoever asked, nor of ours. */
function providerProblem({ message, diagnosis, retryAt }: ProviderError): ProblemError {
  if (diagnosis === 'not-found') return new ProblemError(404, 'REMOTE_UNKNOWN', message);
  const seconds = retryAt === undefined ? undefined : Math.ceil((retryAt.getTime() - Date.now()) / 1000);
  return new ProblemError(502, 'REGISTRY_FAILED', message, {
    errors: [{ field: '', message: diagnosis }],
    headers: seconds === undefined ? {} : { 'Retry-After': String(Math.max(1, seconds)) },
  });
}
