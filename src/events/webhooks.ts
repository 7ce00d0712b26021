import { SecretsKeyError } from '../encryption/key-source.ts';
import type { Secrets } from '../encryption/secrets.ts';
import type { Egress } from '../egress/egress.ts';
import type { Actor } from '../metadata/actor.ts';
import { appendAudit } from '../metadata/audit.ts';
import type { Database, Transaction } from '../metadata/database.ts';
import { deleteDeliveriesOf } from '../metadata/delivery-log.ts';
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  switchWebhook,
  updateWebhook,
} from '../metadata/webhooks.ts';
import { checkSecret, checkWebhook } from './check-webhook.ts';
import { shakeHands } from './handshake.ts';
import { openHeaders } from './message.ts';
import { newSecret } from './signature.ts';
import {
  headerContext,
  secretContext,
  webhookOf,
  type Webhook,
  type WebhookFormat,
  type WebhookSettings,
} from './webhook.ts';
import { WebhookExistsError, WebhookSecretsError, WebhookUnknownError } from './webhook-error.ts';

export interface WebhooksParts {
  readonly db: Database;
  readonly egress: Pick<Egress, 'check' | 'send'>;
  readonly secrets: Pick<Secrets, 'seal' | 'open'>;
  /** How we are called, for the handshake: `registry.example.org`. */
  readonly origin: string | undefined;
  readonly now: () => Date;
}

/** All of it that can be changed; headers in the clear. */
export interface WebhookContent extends WebhookSettings {
  readonly url: string;
  readonly format: WebhookFormat;
}

export interface NewWebhook extends WebhookContent {
  readonly name: string;
  /** `false`: unsigned. Absent: one is made. */
  readonly secret?: string | false;
}

/** Which webhooks there are: the deed and its line in the audit log are one. */
export class Webhooks {
  readonly #parts: WebhooksParts;

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** In the order of their names, behind that one. */
  async list(after: string, limit: number): Promise<readonly Webhook[]> {
    return (await listWebhooks(this.#parts.db, after, limit)).map(webhookOf);
  }

  /** @throws {WebhookUnknownError} */
  async get(name: string): Promise<Webhook> {
    return found(await findWebhook(this.#parts.db, name), name);
  }

  /**
   * @returns with the secret, which nobody is told again; absent where nothing is signed.
   * @throws {WebhookError}
   */
  async add(wanted: NewWebhook, actor: Actor): Promise<{ readonly webhook: Webhook; readonly secret?: string }> {
    const { egress, db, now } = this.#parts;
    checkWebhook(wanted, egress);
    const secret = wanted.secret === false ? undefined : (wanted.secret ?? newSecret());
    if (secret !== undefined) checkSecret(secret);
    const { name, url, format } = wanted;
    const row = {
      name,
      url,
      format,
      secret: secret === undefined ? null : await this.#seal(secret, secretContext(name)),
      settings: JSON.stringify(await this.#sealed(name, wanted)),
    };
    if (wanted.handshake) await shakeHands(this.#parts, wanted);
    const webhook = await db.transaction(async (tx) => {
      const inserted = await insertWebhook(tx, row, now());
      if (inserted === undefined) throw new WebhookExistsError(name);
      await this.#tell(tx, actor, { action: 'webhook.created', name, details: { format } });
      return webhookOf(inserted);
    });
    return { webhook, ...(secret !== undefined && { secret }) };
  }

  /** What is absent stays as it is. @throws {WebhookError} */
  async change(name: string, changes: Partial<WebhookContent>, actor: Actor): Promise<Webhook> {
    const { egress, db, secrets } = this.#parts;
    const before = await this.get(name);
    const headers = changes.headers ?? (await openHeaders(secrets, before));
    const wanted = { name, url: before.url, format: before.format, ...before.settings, ...changes, headers };
    checkWebhook(wanted, egress);
    if (wanted.handshake && (!before.settings.handshake || wanted.url !== before.url)) {
      await shakeHands(this.#parts, wanted);
    }
    const settings = JSON.stringify(await this.#sealed(name, wanted));
    return await db.transaction(async (tx) => {
      const { id, secret } = found(await findWebhook(tx, name), name);
      await updateWebhook(tx, { id, url: wanted.url, format: wanted.format, secret: secret ?? null, settings });
      await this.#tell(tx, actor, { action: 'webhook.changed', name, details: { changed: Object.keys(changes) } });
      return found(await findWebhook(tx, name), name);
    });
  }

  /** What waits is sent when it is enabled again; what happens meanwhile is not, but by replaying. */
  async setEnabled(name: string, isEnabled: boolean, actor: Actor): Promise<Webhook> {
    return await this.#parts.db.transaction(async (tx) => {
      const { id } = found(await findWebhook(tx, name), name);
      await switchWebhook(tx, { id, isEnabled });
      await this.#tell(tx, actor, { action: isEnabled ? 'webhook.enabled' : 'webhook.disabled', name, details: {} });
      return found(await findWebhook(tx, name), name);
    });
  }

  /** From the next attempt on, the new one signs. @returns it, for the only time. @throws {WebhookError} */
  async replaceSecret(name: string, wanted: string | undefined, actor: Actor): Promise<string> {
    const secret = wanted ?? newSecret();
    checkSecret(secret);
    const sealed = await this.#seal(secret, secretContext(name));
    await this.#parts.db.transaction(async (tx) => {
      const { id, url, format, settings } = found(await findWebhook(tx, name), name);
      await updateWebhook(tx, { id, url, format, secret: sealed, settings: JSON.stringify(settings) });
      await this.#tell(tx, actor, { action: 'webhook.changed', name, details: { changed: ['secret'] } });
    });
    return secret;
  }

  /** With its deliveries, whatever becomes of them. @throws {WebhookUnknownError} */
  async remove(name: string, actor: Actor): Promise<void> {
    const { db } = this.#parts;
    const { id } = await this.get(name);
    // First nothing more is written for it, then what is there goes in small pieces.
    await db.transaction((tx) => switchWebhook(tx, { id, isEnabled: false }));
    while ((await db.transaction((tx) => deleteDeliveriesOf(tx, id, ROWS_PER_TRANSACTION))) === ROWS_PER_TRANSACTION);
    await db.transaction(async (tx) => {
      await deleteWebhook(tx, id);
      await this.#tell(tx, actor, { action: 'webhook.deleted', name, details: {} });
    });
  }

  async #tell(tx: Transaction, actor: Actor, deed: Deed): Promise<void> {
    const { action, name, details } = deed;
    await appendAudit(tx, actor, { action, details: { webhook: name, ...details } }, this.#parts.now());
  }

  async #sealed(name: string, content: WebhookContent): Promise<WebhookSettings> {
    const { events, repositories, ignoredMediaTypes, handshake } = content;
    const headers = Object.entries(content.headers).map(
      async ([header, value]) => [header, await this.#seal(value, headerContext(name, header))] as const,
    );
    return {
      events,
      repositories,
      ignoredMediaTypes,
      headers: Object.fromEntries(await Promise.all(headers)),
      handshake,
    };
  }

  async #seal(text: string, context: string): Promise<string> {
    try {
      return await this.#parts.secrets.seal(text, context);
    } catch (error) {
      if (!(error instanceof SecretsKeyError)) throw error;
      throw new WebhookSecretsError(error.message, { cause: error });
    }
  }
}

const ROWS_PER_TRANSACTION = 1000;

interface Deed {
  readonly action: string;
  readonly name: string;
  readonly details: Readonly<Record<string, unknown>>;
}

function found(row: Parameters<typeof webhookOf>[0] | undefined, name: string): Webhook {
  if (row === undefined) throw new WebhookUnknownError(name);
  return webhookOf(row);
}
