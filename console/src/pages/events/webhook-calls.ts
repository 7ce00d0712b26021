import type {
  changeWebhook,
  Delivery,
  pingWebhook,
  removeWebhook,
  replaceWebhookSecret,
  replayDeliveries,
} from '../../../../src/api/webhooks/contract.ts';
import { call } from '../../api/call.ts';
import { queries } from '../../app/queries.ts';

/** Whatever is shown of webhooks may have changed. */
export async function refreshWebhooks(): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['webhooks'] });
}

export async function ping(name: string): Promise<Delivery> {
  const { delivery } = await call<typeof pingWebhook>('POST', '/api/v1/webhooks/{name}/ping', { name });
  await refreshWebhooks();
  return delivery;
}

export async function enable(name: string, isEnabled: boolean): Promise<void> {
  await call<typeof changeWebhook>('PUT', '/api/v1/webhooks/{name}', { name, isEnabled });
  await refreshWebhooks();
}

export async function remove(name: string): Promise<void> {
  await call<typeof removeWebhook>('DELETE', '/api/v1/webhooks/{name}', { name });
  await refreshWebhooks();
}

/** @returns the new secret, which is told this once. */
export async function replaceSecret(name: string): Promise<string> {
  const path = '/api/v1/webhooks/{name}/secret';
  const { secret } = await call<typeof replaceWebhookSecret>('POST', path, { name });
  await refreshWebhooks();
  return secret;
}

export async function replay(name: string, delivery: number): Promise<void> {
  await call<typeof replayDeliveries>('POST', '/api/v1/webhooks/{name}/replay', { name, delivery });
  await refreshWebhooks();
}
