import { EgressDeniedError, EgressFailedError } from '../egress/egress-error.ts';
import type { Egress, EgressAnswer } from '../egress/egress.ts';
import { SecretUnreadableError } from '../encryption/secret-box.ts';
import { messageOf, type MessageParts, type Sending } from './message.ts';
import { verdictOf, type Verdict } from './verdict.ts';
import { withoutHeaders } from './without-headers.ts';

/** Of what a receiver answers, so much is kept for people to read. */
const RESPONSE_BYTES = 4096;

export interface AttemptParts extends MessageParts {
  readonly egress: Pick<Egress, 'send'>;
}

export interface Attempt {
  readonly verdict: Verdict;
  /** Absent when nobody answered. */
  readonly status: number | undefined;
  readonly response: string | undefined;
}

/**
 * Sends an event once, and says what came of it.
 *
 * @throws the reason of the signal, when that was aborted: nobody knows then whether it arrived.
 */
export async function attempt(parts: AttemptParts, sending: Sending, signal: AbortSignal): Promise<Attempt> {
  const { url, format, settings } = sending.webhook;
  try {
    const { headers, body } = await messageOf(parts, sending);
    const answer = await parts.egress.send({ method: 'POST', url, headers, body, maxBytes: RESPONSE_BYTES, signal });
    const unspoken = Object.keys(settings.headers).map((header) => headers[header] ?? '');
    const response = withoutHeaders(textOf(answer), unspoken, answer.body.byteLength >= RESPONSE_BYTES);
    return { verdict: verdictOf(format, answer, sending.at), status: answer.status, response };
  } catch (error) {
    const isOfSending = [EgressDeniedError, EgressFailedError, SecretUnreadableError].some(
      (kind) => error instanceof kind,
    );
    if (!isOfSending || !(error instanceof Error)) throw error;
    // A name, a setting or a key may be mended: what was not sent by then is sent later.
    return { verdict: { outcome: 'again', reason: error.message }, status: undefined, response: undefined };
  }
}

/** For people: what is no text is not shown as such. PostgreSQL takes no NUL. */
function textOf({ body }: EgressAnswer): string {
  return new TextDecoder().decode(body).replaceAll('\0', '\uFFFD');
}
