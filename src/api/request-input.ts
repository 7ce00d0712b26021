import { BodyTooLargeError, readBounded } from '../http/request-body.ts';
import type { Contract } from './contract.ts';
import { isOvhPath } from './ovh/ovh-error.ts';
import { ProblemError } from './problem.ts';

/** Far more than any input of ours. */
const MAX_BODY_BYTES = 65_536;

/**
 * The input of a request, unchecked: the parameters of its path and the fields of its JSON body or, for `GET` and
 * `DELETE`, of its query.
 *
 * Whatever changes something must say that it is JSON, body or not. A page of another site cannot say so without the
 * server's consent (CORS), while the browser would readily add the password it remembers.
 *
 * @throws {ProblemError}
 */
export async function readInput(
  request: Request,
  { method, path }: Contract,
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  if (method === 'GET') return { ...query, ...parameters };
  // A browser asks the server before it sends a DELETE for another site, and OVHcloud's clients name no type for it.
  if (method === 'DELETE' && isOvhPath(path)) return { ...query, ...parameters };
  if (!isJson(request.headers.get('content-type'))) {
    throw new ProblemError(415, 'CONTENT_TYPE_UNSUPPORTED', 'Send Content-Type: application/json.');
  }
  if (method === 'DELETE') return { ...query, ...parameters };
  const body = parseJson(await readBody(request));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ProblemError(400, 'BODY_INVALID', 'The body must be a JSON object.');
  }
  return { ...body, ...parameters };
}

function isJson(contentType: string | null): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError(400, 'BODY_INVALID', 'The body is not JSON.');
  }
}

async function readBody(request: Request): Promise<string> {
  try {
    return new TextDecoder().decode(await readBounded(request, MAX_BODY_BYTES));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw new ProblemError(413, 'BODY_TOO_LARGE', `The body may have at most ${MAX_BODY_BYTES} bytes.`);
  }
}
