import type { z } from 'zod';
import type { Contract } from '../api/contract.ts';
import type { AdminConnection } from './cli-host.ts';
import { CannotReachError, CliError, InterruptedError, RefusedError, UsageError } from './cli-error.ts';

/** No host is meant: the connection knows where it goes. */
const ANYWHERE = 'http://havre';

/**
 * Asks the admin API, and checks what it answers.
 *
 * @throws {RefusedError} the API says no, and why.
 * @throws {CannotReachError}
 */
export async function ask<C extends Contract>(
  connection: AdminConnection,
  contract: C,
  input: z.input<C['input']>,
): Promise<z.output<C['output']>> {
  const response = await send(connection, contract, input);
  return understood(contract, await readJson(response));
}

/**
 * As {@link ask}, for a reply of lines.
 *
 * @param signal ends it, at this end and at the other.
 * @throws {InterruptedError} the signal was aborted.
 */
export async function* askLines<C extends Contract>(
  connection: AdminConnection,
  contract: C,
  input: z.input<C['input']>,
  signal: AbortSignal,
): AsyncGenerator<z.output<C['output']>, void> {
  try {
    const response = await send(connection, contract, input, signal);
    for await (const line of linesOf(response, signal)) yield understood(contract, JSON.parse(line));
  } catch (error) {
    if (signal.aborted) throw new InterruptedError();
    if (error instanceof CliError) throw error;
    throw new CannotReachError('The connection broke before the end. What was done so far stays done.', {
      cause: error,
    });
  }
}

async function send(
  connection: AdminConnection,
  contract: Contract,
  input: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await connection.send(requestFor(contract, input, signal));
  if (response.ok) return response;
  throw refusalOf(response.status, await readJson(response));
}

function requestFor({ method, path, input: schema }: Contract, input: unknown, signal?: AbortSignal): Request {
  const fields = new Map(Object.entries(checked(schema, input)));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = fields.get(name);
    fields.delete(name);
    return encodeURIComponent(String(value));
  });
  const hasBody = method === 'POST' || method === 'PUT';
  return new Request(ANYWHERE + filled + (hasBody ? '' : queryOf(fields)), {
    method,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    ...(hasBody ? { body: JSON.stringify(Object.fromEntries(fields)) } : {}),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** @throws {UsageError} what the API would refuse, said without asking it. */
function checked(schema: z.ZodType, input: unknown): Readonly<Record<string, unknown>> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data as Readonly<Record<string, unknown>>; // every input is an object
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? sentence(message) : sentence(`${path.join('.')}: ${message}`),
  );
  throw new UsageError(problems.join('\n'));
}

/** What is neither in the path nor, for want of one, in the body. */
function queryOf(fields: ReadonlyMap<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    if (value !== undefined && value !== null)
      query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

function understood<C extends Contract>(contract: C, reply: unknown): z.output<C['output']> {
  const parsed = contract.output.safeParse(reply);
  if (parsed.success) return parsed.data as z.output<C['output']>; // what the schema of this very contract gave
  throw new CliError('The server answers in a way that is not known here. Is it of another version?');
}

function refusalOf(status: number, document: unknown): CliError {
  const { type, detail } = (document ?? {}) as { type?: unknown; detail?: unknown };
  if (typeof type !== 'string' || typeof detail !== 'string') {
    return new CliError(`What answers there is no Havre: it says ${status}. Check the address.`);
  }
  if (status === 401) return new RefusedError('UNAUTHORIZED', 'The server does not accept this name and password.');
  return new RefusedError(type.slice(type.lastIndexOf('/') + 1), sentence(detail));
}

/** A name (`team/app:1.4 is …`) stays as it is written. */
function sentence(text: string): string {
  const beginsWithWord = /^[a-z]+(?:['’][a-z]+)?[,;:]?(?: |$)/.test(text);
  const begun = beginsWithWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** `undefined` for what is not JSON. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
}

async function* linesOf(response: Response, signal: AbortSignal): AsyncGenerator<string, void> {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  // In-process nobody else would wake a pending read.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
    if (rest !== '') yield rest;
  } finally {
    signal.removeEventListener('abort', stop);
    // Resolves when the other end has stopped, where that is this process: its database may be closed then.
    await reader.cancel().catch(() => undefined);
  }
}
