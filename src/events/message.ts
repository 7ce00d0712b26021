import type { Secrets } from '../encryption/secrets.ts';
import { cloudEvent, CLOUD_EVENT_MEDIA_TYPE } from './cloud-event.ts';
import { distributionEnvelope, DISTRIBUTION_MEDIA_TYPE } from './distribution-envelope.ts';
import type { RegistryEvent } from './event.ts';
import { hostOf, type Sender } from './sender.ts';
import { signatureHeaders, signingKey } from './signature.ts';
import { headerContext, secretContext, type Webhook } from './webhook.ts';

/** What is posted to a receiver. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface MessageParts {
  readonly secrets: Pick<Secrets, 'open'>;
  /** Asked for when something is sent: it may have to be made. */
  readonly sender: () => Promise<Sender>;
}

export interface Sending {
  readonly webhook: Webhook;
  readonly event: RegistryEvent;
  readonly deliveryId: number;
  /** Of this attempt. */
  readonly at: Date;
}

/**
 * An event as its webhook wants it, signed now. Never unsigned for want of a key: a receiver that does not look would be
 * told of a signature that is not there.
 *
 * @throws {SecretUnreadableError}
 */
export async function messageOf(
  { secrets, sender: senderOf }: MessageParts,
  { webhook, event, deliveryId, at }: Sending,
): Promise<Message> {
  const { name, format, secret, settings } = webhook;
  const sender = await senderOf();
  const isCloudEvent = format === 'cloudevents';
  const document = isCloudEvent ? cloudEvent(event, sender) : distributionEnvelope(event, sender);
  const body = new TextEncoder().encode(JSON.stringify(document));
  const key = secret === undefined ? undefined : signingKey(await secrets.open(secret, secretContext(name)));
  const host = hostOf(sender);
  return {
    headers: {
      ...(await openHeaders(secrets, webhook)),
      ...(settings.handshake && host !== undefined && { 'WebHook-Request-Origin': host }),
      'Content-Type': isCloudEvent ? CLOUD_EVENT_MEDIA_TYPE : DISTRIBUTION_MEDIA_TYPE,
      'Content-Length': String(body.byteLength),
      'X-Delivery-Id': String(deliveryId),
      ...signatureHeaders(key, { id: event.id, at, body }),
    },
    body,
  };
}

/** What an administrator wants to be sent along. @throws {SecretUnreadableError} */
export async function openHeaders(
  secrets: Pick<Secrets, 'open'>,
  { name, settings }: Pick<Webhook, 'name' | 'settings'>,
): Promise<Record<string, string>> {
  const opened = Object.entries(settings.headers).map(
    async ([header, sealed]) => [header, await secrets.open(sealed, headerContext(name, header))] as const,
  );
  return Object.fromEntries(await Promise.all(opened));
}
