import { countWaitingDeliveries } from '../metadata/delivery-log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Content } from './content.ts';
import { seldom } from './seldom.ts';

/** What webhooks are told, and what they are still to be told. */
export function eventMetrics(metrics: Metrics, { db, events }: Content, now: () => Date): void {
  const { deliverer, pullEvents } = events;
  metrics.counter('havre_webhook_deliveries_total', 'Attempts to tell webhooks of events, by what came of them.', () =>
    Object.entries(deliverer.counts).map(([outcome, value]) => ({ labels: { outcome }, value })),
  );
  metrics.counter(
    'havre_webhook_pulls_dropped_total',
    'Pulls that webhooks are not told of, because too many came at once.',
    () => pullEvents.dropped,
  );
  const waiting = seldom(() => countWaitingDeliveries(db));
  metrics.gauge(
    'havre_webhook_deliveries_waiting',
    'Events that wait to be sent to webhooks, also to those that are disabled.',
    async () => (await waiting()).count,
  );
  metrics.gauge('havre_webhook_oldest_waiting_seconds', 'How long the oldest of them has been waiting.', async () => {
    const { oldest } = await waiting();
    return oldest === undefined ? 0 : Math.max(0, (now().getTime() - oldest.getTime()) / 1000);
  });
}
