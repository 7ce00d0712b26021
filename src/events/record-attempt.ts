import { systemActor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { giveUpDeliveries, noteAttempt, type AttemptResult, type DeliveryRow } from '../metadata/deliveries.ts';
import { noteWebhookFailure, noteWebhookSuccess, switchWebhook } from '../metadata/webhooks.ts';
import type { Attempt } from './attempt.ts';
import { nextAttemptAt } from './back-off.ts';
import type { Webhook } from './webhook.ts';

/** `retried`: it is tried again later. */
export type Outcome = 'delivered' | 'retried' | 'failed';

export interface RecordParts {
  readonly db: Database;
  readonly now: () => Date;
  readonly disableAfterDays: number;
  readonly chance?: () => number;
}

export interface Made {
  readonly webhook: Webhook;
  readonly row: DeliveryRow;
  readonly made: Attempt;
}

/** Writes down what came of an attempt, and what that means for the delivery and for its webhook. */
export async function recordAttempt(parts: RecordParts, { webhook, row, made }: Made): Promise<Outcome> {
  const now = parts.now();
  const result = resultOf(parts, { row, made }, now);
  await parts.db.transaction(
    async (tx) => {
      await noteAttempt(tx, result);
      if (made.verdict.outcome === 'delivered') await noteWebhookSuccess(tx, webhook.id);
      else await noteFailure(tx, { parts, webhook, made }, now);
    },
    { durable: false },
  );
  if (result.state === 'delivered') return 'delivered';
  return result.state === 'failed' ? 'failed' : 'retried';
}

function resultOf(
  { chance = Math.random }: RecordParts,
  { row, made }: Pick<Made, 'row' | 'made'>,
  now: Date,
): AttemptResult {
  const { verdict, status, response } = made;
  const common = { id: row.id, status, response, error: verdict.outcome === 'delivered' ? undefined : verdict.reason };
  if (verdict.outcome === 'delivered') return { ...common, state: 'delivered', nextAt: undefined };
  if (verdict.outcome !== 'again') return { ...common, state: 'failed', nextAt: undefined };
  const { attempts, createdAt } = row;
  const nextAt = nextAttemptAt({ attempts, createdAt: new Date(createdAt) }, now, chance());
  if (nextAt === undefined) return { ...common, state: 'failed', nextAt: undefined };
  const asked = new Date(now.getTime() + (verdict.retryAfterSeconds ?? 0) * 1000);
  return { ...common, state: 'waiting', nextAt: asked > nextAt ? asked : nextAt };
}

interface Failure {
  readonly parts: RecordParts;
  readonly webhook: Webhook;
  readonly made: Attempt;
}

async function noteFailure(tx: Transaction, { parts, webhook, made }: Failure, now: Date): Promise<void> {
  const { verdict } = made;
  if (verdict.outcome === 'gone') return await stop(tx, webhook, verdict.reason, now);
  const seconds = verdict.outcome === 'again' ? verdict.retryAfterSeconds : undefined;
  const resumeAt = seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000);
  const since = await noteWebhookFailure(tx, { id: webhook.id, resumeAt }, now);
  const days = parts.disableAfterDays;
  if (days === 0 || now.getTime() - since.getTime() < days * 86_400_000) return;
  await stop(tx, webhook, `nothing could be delivered for ${days} days`, now);
}

/** Nobody asked for it, so it is said why, where people look. */
async function stop(tx: Transaction, { id, name }: Webhook, reason: string, now: Date): Promise<void> {
  await switchWebhook(tx, { id, isEnabled: false, reason });
  await giveUpDeliveries(tx, id, reason);
  await appendAudit(tx, systemActor('client'), { action: 'webhook.disabled', details: { webhook: name, reason } }, now);
}
