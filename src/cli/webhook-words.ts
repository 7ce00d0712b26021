import type { Delivery, Webhook } from '../api/webhooks/contract.ts';
import { table } from './table.ts';
import { timeInWords } from './wording.ts';

/** What a webhook is told of, in a few words. */
export function wantedInWords({ events, repositories }: Webhook): string {
  const what = events.length === 0 ? 'content' : events.join(', ');
  return repositories.length === 0 ? what : `${what} in ${repositories.join(', ')}`;
}

export function stateInWords({ isEnabled, disabledReason, failingSince }: Webhook): string {
  if (!isEnabled) return disabledReason === null ? 'disabled' : `disabled: ${disabledReason}`;
  return failingSince === null ? 'enabled' : `failing since ${timeInWords(failingSince)}`;
}

export function deliveryTable(deliveries: readonly Delivery[]): string {
  return table(['id', 'when', 'what', 'of', 'state', 'answer'], deliveries.map(rowOf));
}

function rowOf(delivery: Delivery): readonly string[] {
  const { id, createdAt, type, state, attempts, nextAttemptAt } = delivery;
  const again = nextAttemptAt === null || attempts === 0 ? '' : `, again ${timeInWords(nextAttemptAt)}`;
  return [String(id), timeInWords(createdAt), type, subjectOf(delivery), `${state}${again}`, answerInWords(delivery)];
}

/** `204`, or why there is none. */
export function answerInWords({ status, error }: Delivery): string {
  return error ?? (status === null ? '-' : String(status));
}

function subjectOf({ subject: { repository, digest, tag } }: Delivery): string {
  if (repository === null) return '-';
  if (tag !== null) return `${repository}:${tag}`;
  return digest === null ? repository : `${repository}@${digest.slice(0, 'sha256:'.length + 12)}`;
}
