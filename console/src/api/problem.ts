import type { ProblemDocument } from '../../../src/api/problem-document.ts';

/** Why the server did not do what was asked; see docs/admin-api.md for the codes. */
export class ApiProblem extends Error {
  /** 0: nobody answered. */
  readonly status: number;
  /** `ACCOUNT_UNKNOWN`, the end of the problem's type. */
  readonly code: string;
  /** Of a form: what is wrong, by field. */
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  /** When it may be tried again, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor({ status, code, detail, errors = [], retryAfterSeconds }: Told) {
    super(detail);
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static of(document: Partial<ProblemDocument>, retryAfterSeconds?: number): ApiProblem {
    const { type = '', status = 500, detail = '', errors = [] } = document;
    return new ApiProblem({ status, code: type.split('/').at(-1) ?? '', detail, errors, retryAfterSeconds });
  }

  static unreachable(cause: unknown): ApiProblem {
    const problem = new ApiProblem({ status: 0, code: 'UNREACHABLE', detail: '' });
    problem.cause = cause;
    return problem;
  }
}

interface Told {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: ApiProblem['errors'];
  readonly retryAfterSeconds?: number | undefined;
}

/** A proxy may answer in the server's place, and then it is no problem document. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(wait) ? wait : undefined;
  if (response.headers.get('content-type')?.includes('json') === true) {
    const document = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
    return ApiProblem.of({ ...document, status: response.status }, retryAfterSeconds);
  }
  return new ApiProblem({ status: response.status, code: 'NOT_OURS', detail: response.statusText, retryAfterSeconds });
}
