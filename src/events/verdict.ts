import type { EgressAnswer } from '../egress/egress.ts';
import type { WebhookFormat } from './webhook.ts';

/** What an answer means for a delivery. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  /** @param retryAfterSeconds the receiver wants nothing before. */
  | { readonly outcome: 'again'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** This event will never be taken. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Nothing is ever to be sent there again. */
  | { readonly outcome: 'gone'; readonly reason: string };

/** Of http-webhook §2.1: a 200 with a body, a 201, a 202, a 204. */
const DELIVERED: ReadonlySet<number> = new Set([200, 201, 202, 204]);

/** Too large, and of a type it does not know: it will not be otherwise next time. */
const REFUSED: ReadonlySet<number> = new Set([413, 415]);

/**
 * CloudEvents' webhooks take four answers for success, and a redirect for none; distribution takes everything below 400,
 * redirects included, which nobody follows. A receiver that is gone for good says so with 410, to either.
 *
 * @see cloudevents/spec http-webhook.md §2.1; distribution, notifications/sinks.go
 */
export function verdictOf(format: WebhookFormat, { status, headers }: EgressAnswer, now: Date): Verdict {
  const isDelivered = format === 'distribution' ? status >= 200 && status < 400 : DELIVERED.has(status);
  if (isDelivered) return { outcome: 'delivered' };
  if (status === 410) return { outcome: 'gone', reason: 'the receiver answered 410: it is gone for good' };
  if (REFUSED.has(status)) return { outcome: 'refused', reason: `the receiver answered ${status}` };
  if (status >= 300 && status < 400) {
    return { outcome: 'again', reason: `the receiver answered ${status}: redirects are not followed` };
  }
  const reason = `the receiver answered ${status}`;
  const asked = status === 429 || status === 503 ? retryAfterSeconds(headers.get('retry-after'), now) : undefined;
  return asked === undefined ? { outcome: 'again', reason } : { outcome: 'again', reason, retryAfterSeconds: asked };
}

/** Longer than a delivery lives, nobody is waited for. */
const LONGEST_RETRY_AFTER_SECONDS = 24 * 3600;

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterSeconds(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), LONGEST_RETRY_AFTER_SECONDS);
}
