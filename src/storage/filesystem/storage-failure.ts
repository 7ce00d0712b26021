import { StorageFullError, StorageUnavailableError } from '../../oci/errors.ts';

/** What the operating system says when there is no room, on the disk or in a quota. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** The operating system's name for what went wrong (`ENOENT`), or `undefined` for any other error. */
export function failureCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A failing system call, said so that a client knows whether to come back; every other error is returned as it is. */
export function asStorageFailure(error: unknown): unknown {
  const code = failureCode(error);
  if (code === undefined) return error;
  if (FULL.has(code)) return new StorageFullError(undefined, { cause: error });
  return new StorageUnavailableError(undefined, { cause: error });
}
