import { AccountError, type AccountErrorCode } from '../auth/accounts/account-errors.ts';
import { PatternInvalidError } from '../oci/repository-pattern.ts';
import { ProblemError } from './problem.ts';

const STATUS_BY_CODE: Readonly<Record<AccountErrorCode, number>> = {
  ACCOUNT_UNKNOWN: 404,
  ACCOUNT_TAKEN: 409,
  ACCOUNT_INVALID: 400,
  ACCOUNT_PROTECTED: 409,
};

/** The problem that an error of the layers below is to whoever asked; other errors are given back as they are. */
export function asProblem(error: unknown): unknown {
  if (error instanceof AccountError) return new ProblemError(STATUS_BY_CODE[error.code], error.code, error.message);
  if (error instanceof PatternInvalidError) return new ProblemError(400, 'PATTERN_INVALID', error.message);
  return error;
}
