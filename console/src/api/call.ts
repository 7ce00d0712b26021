import type { z } from 'zod';
import type { Contract } from '../../../src/api/contract.ts';
import { ApiProblem, problemOf } from './problem.ts';

/** What a contract takes: the parameters of its path, and the fields of its query or body. */
export type InputOf<C extends Contract> = z.input<C['input']>;
/** What it answers with; of one that answers with lines: one of these. */
export type OutputOf<C extends Contract> = z.output<C['output']>;

/** The last one: a page asks, so that a browser does not ask for a password in a window of its own. */
const HEADERS = {
  Accept: 'application/json',
  'Content-Type': 'application/json',
  'X-Requested-With': 'XMLHttpRequest',
} as const;

interface Asked {
  readonly method: Contract['method'];
  readonly path: string;
  readonly input: object;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls an endpoint as its contract says: `call<typeof listTokens>('GET', '/api/v1/tokens', { limit: 100 })`. Only the
 * types of the contract come along: its schemas stay with the server, which has checked what it sends.
 *
 * @throws {ApiProblem} it was refused, or could not be reached.
 */
export async function call<C extends Contract>(
  method: C['method'],
  path: C['path'],
  input: InputOf<C> & object,
  signal?: AbortSignal,
): Promise<OutputOf<C>> {
  const response = await ask({ method, path, input, signal });
  return (await response.json()) as OutputOf<C>;
}

/**
 * Of an endpoint that answers with lines: each when it comes.
 *
 * @throws {ApiProblem} also where the last line says that it failed.
 */
export async function* callLines<C extends Contract>(
  method: C['method'],
  path: C['path'],
  input: InputOf<C> & object,
  signal?: AbortSignal,
): AsyncGenerator<OutputOf<C>, void> {
  const response = await ask({ method, path, input, signal });
  for await (const line of linesOf(response)) {
    const parsed = JSON.parse(line) as OutputOf<C>;
    const problem = failureIn(parsed);
    if (problem !== undefined) throw problem;
    yield parsed;
  }
}

async function ask({ method, path, input, signal }: Asked): Promise<Response> {
  const { url, rest } = fillPath(path, input as Readonly<Record<string, unknown>>);
  const isBodiless = method === 'GET' || method === 'DELETE';
  const query = isBodiless ? queryOf(rest) : '';
  let response: Response;
  try {
    response = await fetch(url + query, {
      method,
      headers: HEADERS,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(!isBodiless && { body: JSON.stringify(rest) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw ApiProblem.unreachable(error);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Parameters of a path are one part of it each, with whatever slashes they have. */
function fillPath(
  path: string,
  input: Readonly<Record<string, unknown>>,
): { readonly url: string; readonly rest: Readonly<Record<string, unknown>> } {
  const rest = { ...input };
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name]);
    delete rest[name];
    return encodeURIComponent(value);
  });
  return { url, rest };
}

function queryOf(input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (isSaid(value)) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** A query has texts, numbers and flags; what is empty is not said. */
function isSaid(value: unknown): value is string | number | boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean';
}

async function* linesOf({ body }: Response): AsyncGenerator<string, void> {
  if (body === null) return;
  let kept = '';
  for await (const text of body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
    const lines = (kept + text).split('\n');
    kept = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (kept !== '') yield kept;
}

function failureIn(line: unknown): ApiProblem | undefined {
  const { event, problem } = line as { readonly event?: string; readonly problem?: object };
  return event === 'failed' && problem !== undefined ? ApiProblem.of(problem) : undefined;
}
