import type { z } from 'zod';
import type { Identity } from '../auth/identity.ts';
import type { Actor } from '../metadata/actor.ts';
import type { Arrival } from './admin-actor.ts';
import type { AuditEntry } from '../metadata/audit.ts';
import type { Contract } from './contract.ts';
import { lineResponse } from './line-response.ts';
import { ProblemError } from './problem.ts';
import { recordedLines, type RecordedWork } from './recorded-lines.ts';

export interface AdminCall {
  readonly identity: Identity;
  /** The same, for what is recorded of a change. */
  readonly actor: Actor;
  /** Writes down what leaves no row of its own, when it is done. */
  readonly record: (entry: AuditEntry) => Promise<void>;
  /** Where it came in; absent for a command that opened the folder itself. */
  readonly arrival?: Arrival | undefined;
  /** Said beside the document of the reply, such as a cookie. */
  readonly reply: Headers;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** A contract and what keeps it. */
export interface Endpoint {
  readonly contract: Contract;
  /** @param input of nobody's making: it is parsed here. */
  readonly answer: (input: unknown, call: AdminCall) => Promise<Response>;
}

export type Handler<C extends Contract> = (
  input: z.output<C['input']>,
  call: AdminCall,
) => Promise<z.input<C['output']>>;

/** May refuse before it gives the first line; from then on, failing is a line of its own. */
export type LinesHandler<C extends Contract> = (
  input: z.output<C['input']>,
  call: AdminCall,
) => Promise<AsyncGenerator<z.input<C['output']>, void>>;

/** The reply is checked too: what the contract does not name never leaves, so that no secret does by mistake. */
export function endpoint<C extends Contract>(contract: C, handler: Handler<C>): Endpoint {
  return {
    contract,
    answer: async (input, call) => {
      const reply = await handler(parseInput(contract, input), call);
      const headers = new Headers(call.reply);
      headers.set('Content-Type', 'application/json');
      headers.set('Cache-Control', 'no-store');
      return new Response(JSON.stringify(contract.output.parse(reply)), { status: contract.status ?? 200, headers });
    },
  };
}

export function linesEndpoint<C extends Contract>(contract: C, handler: LinesHandler<C>): Endpoint {
  return {
    contract,
    answer: async (input, call) => {
      const gone = new AbortController();
      const signal = AbortSignal.any([call.signal, gone.signal]);
      const parsed = parseInput(contract, input);
      const lines = await handler(parsed, { ...call, signal });
      const recorded = contract.recordedAs === undefined ? lines : recordedLines(lines, workOf(contract, parsed, call));
      return lineResponse(recorded, contract.output, () => gone.abort());
    },
  };
}

function workOf({ recordedAs }: Contract, input: unknown, { record }: AdminCall): RecordedWork {
  const wanted = recordedAs?.details ?? [];
  const fields = Object.entries(input ?? {}).filter(([name, value]) => wanted.includes(name) && value !== undefined);
  return { subject: recordedAs?.subject ?? '', details: Object.fromEntries(fields), record };
}

function parseInput<C extends Contract>(contract: C, input: unknown): z.output<C['input']> {
  const parsed = contract.input.safeParse(input);
  if (parsed.success) return parsed.data as z.output<C['input']>; // what the schema of this very contract gave
  const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const detail = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  throw new ProblemError(400, 'INPUT_INVALID', detail, { errors });
}
