import { OciError } from '../oci/errors.ts';
import type { ProblemDocument } from './problem-document.ts';

export interface FieldError {
  /** `scope.0.pattern`; empty for the input as a whole. */
  readonly field: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldError[];
}

/** A condition that whoever called the admin API is told about. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly FieldError[] | undefined;

  /** @param detail a sentence for people, sent as it is. */
  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }
}

/** The document for an error. What is neither a problem nor an {@link OciError} tells nothing of itself. */
export function problemOf(error: unknown): ProblemDocument {
  if (error instanceof ProblemError) {
    const { status, code, message, errors } = error;
    return { ...titled(status, code), detail: message, ...(errors === undefined ? {} : { errors: [...errors] }) };
  }
  if (error instanceof OciError) return { ...titled(error.status, error.code), detail: error.message };
  return { ...titled(500, 'UNKNOWN'), detail: 'Something went wrong here; the log of the server says what.' };
}

/**
 * The one place where an error becomes a reply of the admin API.
 *
 * @param challenge of a 401: what is asked for.
 */
export function problemResponse(error: unknown, challenge: string): Response {
  const document = problemOf(error);
  const asked = document.status === 401 ? { 'WWW-Authenticate': challenge } : {};
  const headers = headersOfProblem(error);
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...asked, ...headers },
  });
}

/** What is said beside the document: `Allow`, `Retry-After`. */
export function headersOfProblem(error: unknown): Readonly<Record<string, string>> {
  return error instanceof ProblemError || error instanceof OciError ? (error.headers ?? {}) : {};
}

/** `USER_UNKNOWN` is titled "User unknown": the same for every occurrence, as RFC 9457 §3.1.3 asks. */
function titled(status: number, code: string): Pick<ProblemDocument, 'type' | 'title' | 'status'> {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return { type: `/api/v1/problems/${code}`, title: words.charAt(0).toUpperCase() + words.slice(1), status };
}
