import type { Config } from '../config.ts';
import { forgetDeliveries } from '../events/forget-deliveries.ts';
import { startDelivering } from '../events/delivering.ts';
import { startPullFlushing } from '../events/pull-flushing.ts';
import type { Job } from '../jobs/schedule.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Content } from './content.ts';

/** Tells webhooks what happened, as far as that is the work of this node. */
export function startEventWork({ role, webhooks }: Config, content: Content, log: Logger): { stop(): Promise<void> } {
  const { gate, leases } = content;
  const { deliverer, pullEvents } = content.events;
  const isPaused = (): boolean => gate.isClosed;
  const started = [
    ...(role === 'worker' ? [] : [startPullFlushing({ pullEvents, log, isPaused })]),
    ...(role === 'registry' || !webhooks.enabled ? [] : [startDelivering({ deliverer, leases, log, isPaused })]),
  ];
  return { stop: async () => void (await Promise.all(started.map((work) => work.stop()))) };
}

const FORGET_DELIVERIES_SECONDS = 600;

/** Bounds the log of what webhooks were told. */
export function forgetDeliveriesJob({ keepDays, keepDeliveries }: Config['webhooks'], { db }: Content): Job {
  const limits = { keepDays, keepPerWebhook: keepDeliveries };
  return {
    name: 'forget-deliveries',
    seconds: FORGET_DELIVERIES_SECONDS,
    work: (signal) => forgetDeliveries(db, limits, { now: new Date(), signal }),
  };
}
