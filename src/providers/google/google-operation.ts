import { ProviderError } from '../provider-error.ts';
import { type GoogleOperation, OperationAnswer } from './google-answers.ts';
import type { GoogleApi } from './google-api.ts';

const FIRST_WAIT_MILLISECONDS = 250;
const MAX_WAIT_MILLISECONDS = 4000;
/** Some two minutes in all. */
const MAX_LOOKS = 32;

interface Waiting {
  readonly api: GoogleApi;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks at a long-running operation until it is done, for two minutes at most: it goes on by itself.
 *
 * @throws {ProviderError}
 */
export async function waitForOperation(
  { api, wait }: Waiting,
  started: GoogleOperation,
  signal: AbortSignal,
): Promise<GoogleOperation> {
  let operation = started;
  for (let look = 0; look < MAX_LOOKS && operation.done !== true; look += 1) {
    const { name = '' } = started;
    if (name === '') return { done: true };
    // It becomes a part of an address.
    if (!/^(?:[\w.:~%-]+\/)*operations\/[\w.~%-]+$/.test(name)) {
      throw new ProviderError('malformed', 'Google has started an operation, and its name is not understood.');
    }
    await wait(Math.min(MAX_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** look), signal);
    const request = { path: name, output: OperationAnswer, what: 'looking at an operation' };
    operation = await api.call(request, signal);
  }
  return operation;
}
