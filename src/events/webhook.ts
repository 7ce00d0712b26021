import type { WebhookRow } from '../metadata/webhooks.ts';

export const WEBHOOK_FORMATS = ['cloudevents', 'distribution'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** What a webhook wants, and what it gets besides events. */
export interface WebhookSettings {
  /** Types of events, `*` for any text in them, and `push`, `pull`, `mount`, `delete`. Empty: {@link DEFAULT_EVENTS}. */
  readonly events: readonly string[];
  /** Patterns; empty: all. */
  readonly repositories: readonly string[];
  /** Manifests of these are not told of. */
  readonly ignoredMediaTypes: readonly string[];
  /** Sent with each request: name → value, which is encrypted. */
  readonly headers: Readonly<Record<string, string>>;
  /** Asks the receiver first whether it wants to be called (CloudEvents, http-webhook §4). */
  readonly handshake: boolean;
}

/** Somewhere that is told of events. */
export interface Webhook {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly format: WebhookFormat;
  /** Encrypted; `undefined`: what is sent is not signed. */
  readonly secret: string | undefined;
  readonly settings: WebhookSettings;
  readonly isEnabled: boolean;
  /** Why we stopped sending, when it was we. */
  readonly disabledReason: string | undefined;
  /** Since when nothing was delivered but failures. */
  readonly failingSince: Date | undefined;
  /** The receiver asked for nothing before. */
  readonly resumeAt: Date | undefined;
  readonly createdAt: Date;
}

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    format: row.format as WebhookFormat, // written by webhooks.ts alone
    secret: row.secret ?? undefined,
    settings: JSON.parse(row.settings) as WebhookSettings, // likewise
    isEnabled: row.isEnabled === 1,
    disabledReason: row.disabledReason ?? undefined,
    failingSince: row.failingSince === null ? undefined : new Date(row.failingSince),
    resumeAt: row.resumeAt === null ? undefined : new Date(row.resumeAt),
    createdAt: new Date(row.createdAt),
  };
}

/** For what the secrets of a webhook are encrypted: one cannot be put into the place of another. */
export function secretContext(name: string): string {
  return `webhook ${name} secret`;
}

export function headerContext(name: string, header: string): string {
  return `webhook ${name} header ${header.toLowerCase()}`;
}
