import type { Deliveries } from '../../events/deliveries.ts';
import type { Delivery as KeptDelivery } from '../../events/delivery.ts';
import { tagsOf } from '../../events/event.ts';
import type { Webhook as KeptWebhook } from '../../events/webhook.ts';
import type { Webhooks } from '../../events/webhooks.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import {
  addWebhook,
  changeWebhook,
  listDeliveries,
  listWebhooks,
  pingWebhook,
  removeWebhook,
  replaceWebhookSecret,
  replayDeliveries,
  showWebhook,
  type Delivery,
  type Webhook,
} from './contract.ts';

export interface WebhookParts {
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
}

export function webhookEndpoints(parts: WebhookParts): readonly Endpoint[] {
  return [...managing(parts), ...sending(parts)];
}

function managing({ webhooks }: WebhookParts): readonly Endpoint[] {
  return [
    endpoint(listWebhooks, async ({ limit, after }) => {
      const found = await webhooks.list(after ?? '', limit + 1);
      const page = found.slice(0, limit);
      return { webhooks: page.map(webhookOf), next: found.length > limit ? (page.at(-1)?.name ?? null) : null };
    }),
    endpoint(addWebhook, async ({ secret, ...wanted }, { actor }) => {
      const made = await webhooks.add({ ...wanted, ...(secret !== undefined && { secret }) }, actor);
      return { webhook: webhookOf(made.webhook), secret: made.secret ?? null };
    }),
    endpoint(showWebhook, async ({ name }) => ({ webhook: webhookOf(await webhooks.get(name)) })),
    endpoint(changeWebhook, async ({ name, isEnabled, ...changes }, { actor }) => {
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      if (Object.keys(given).length > 0) await webhooks.change(name, given, actor);
      if (isEnabled !== undefined) await webhooks.setEnabled(name, isEnabled, actor);
      return { webhook: webhookOf(await webhooks.get(name)) };
    }),
    endpoint(removeWebhook, async ({ name }, { actor }) => {
      await webhooks.remove(name, actor);
      return { name };
    }),
    endpoint(replaceWebhookSecret, async ({ name, secret }, { actor }) => ({
      name,
      secret: await webhooks.replaceSecret(name, secret, actor),
    })),
  ];
}

function sending({ webhooks, deliveries }: WebhookParts): readonly Endpoint[] {
  return [
    endpoint(pingWebhook, async ({ name }, { actor }) => {
      return { delivery: deliveryOf(await deliveries.ping(await webhooks.get(name), actor)) };
    }),
    endpoint(listDeliveries, async ({ name, limit, after, state }) => {
      const before = after === undefined ? undefined : Number(after);
      const found = await deliveries.list(await webhooks.get(name), {
        limit: limit + 1,
        ...(state !== undefined && { state }),
        ...(before !== undefined && Number.isSafeInteger(before) && { before }),
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        deliveries: page.map(deliveryOf),
        next: found.length > limit && last !== undefined ? String(last.id) : null,
      };
    }),
    endpoint(replayDeliveries, async ({ name, delivery, fromSequence, toSequence, since, until }, { actor }) => {
      const webhook = await webhooks.get(name);
      const range = {
        ...(fromSequence !== undefined && { fromSequence }),
        ...(toSequence !== undefined && { toSequence }),
        ...(since !== undefined && { since: new Date(since) }),
        ...(until !== undefined && { until: new Date(until) }),
      };
      const { count, nextSequence } =
        delivery === undefined
          ? await deliveries.replay(webhook, range, actor)
          : await deliveries.replayOne(webhook, delivery, actor);
      return { replayed: count, nextSequence: nextSequence ?? null };
    }),
  ];
}

function webhookOf({ settings, ...webhook }: KeptWebhook): Webhook {
  return {
    name: webhook.name,
    url: webhook.url,
    format: webhook.format,
    events: [...settings.events],
    repositories: [...settings.repositories],
    ignoredMediaTypes: [...settings.ignoredMediaTypes],
    headers: Object.keys(settings.headers),
    handshake: settings.handshake,
    isSigned: webhook.secret !== undefined,
    isEnabled: webhook.isEnabled,
    disabledReason: webhook.disabledReason ?? null,
    failingSince: webhook.failingSince?.toISOString() ?? null,
    resumeAt: webhook.resumeAt?.toISOString() ?? null,
    createdAt: webhook.createdAt.toISOString(),
  };
}

function deliveryOf({ event, ...delivery }: KeptDelivery): Delivery {
  return {
    id: delivery.id,
    eventId: event.id,
    type: event.type,
    sequence: event.sequence ?? null,
    subject: {
      repository: event.repository ?? null,
      digest: event.digest ?? null,
      tag: tagsOf(event)[0] ?? null,
    },
    state: delivery.state,
    attempts: delivery.attempts,
    createdAt: delivery.createdAt.toISOString(),
    lastAttemptAt: delivery.lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    status: delivery.status ?? null,
    error: delivery.error ?? null,
    response: delivery.response ?? null,
  };
}
