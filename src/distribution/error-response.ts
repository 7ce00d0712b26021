import { ContentMissingError, errorBody, OciError, StorageUnavailableError } from '../oci/errors.ts';
import type { Reply } from './reply.ts';

/** Told about what the client is not: a failure of ours. */
export type ReportFailure = (error: unknown) => void;

/**
 * The one place where an error becomes a reply. What is not an {@link OciError} is a failure of ours: the client gets
 * a bare 500 with a request id to quote, and the operator gets the error.
 */
export function errorReply(error: unknown, report: ReportFailure): Reply {
  if (!(error instanceof OciError)) {
    report(error);
    return unknownReply(
      error instanceof ContentMissingError ? 'the content is missing from storage' : 'internal error',
    );
  }
  if (error.status >= 500 || error instanceof StorageUnavailableError) report(error);
  return {
    status: error.status,
    headers: { 'Content-Type': 'application/json', ...error.headers },
    body: errorBody(error),
  };
}

function unknownReply(message: string): Reply {
  return {
    status: 500,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] }),
  };
}
