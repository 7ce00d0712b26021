import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** Somewhere that is told of events. */
export interface WebhookRow {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly format: string;
  /** Encrypted; `null`: what is sent is not signed. */
  readonly secret: string | null;
  /** JSON. */
  readonly settings: string;
  readonly isEnabled: number;
  readonly disabledReason: string | null;
  /** Milliseconds since the epoch, as all times here. `null`: the last delivery succeeded. */
  readonly failingSince: number | null;
  readonly resumeAt: number | null;
  readonly createdAt: number;
}

const COLUMNS = [
  'id',
  'name',
  'url',
  'format',
  'secret',
  'settings',
  'is_enabled as isEnabled',
  'disabled_reason as disabledReason',
  'failing_since as failingSince',
  'resume_at as resumeAt',
  'created_at as createdAt',
] as const;

type Content = Pick<WebhookRow, 'url' | 'format' | 'secret' | 'settings'>;

const inserted = query((db, parameter: Parameter<Content & { name: string; now: number }>) =>
  db
    .insertInto('webhooks')
    .values({
      name: parameter('name'),
      url: parameter('url'),
      format: parameter('format'),
      secret: parameter('secret'),
      settings: parameter('settings'),
      is_enabled: 1,
      disabled_reason: null,
      failing_since: null,
      resume_at: null,
      created_at: parameter('now'),
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(COLUMNS),
);

const updated = query((db, parameter: Parameter<Content & { id: number }>) =>
  db
    .updateTable('webhooks')
    .set({
      url: parameter('url'),
      format: parameter('format'),
      secret: parameter('secret'),
      settings: parameter('settings'),
    })
    .where('id', '=', parameter('id')),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('webhooks').where('id', '=', parameter('id')),
);

const byName = query((db, parameter: Parameter<{ name: string }>) =>
  db.selectFrom('webhooks').select(COLUMNS).where('name', '=', parameter('name')),
);

const byId = query((db, parameter: Parameter<{ id: number }>) =>
  db.selectFrom('webhooks').select(COLUMNS).where('id', '=', parameter('id')),
);

const page = query((db, parameter: Parameter<{ after: string; rows: number }>) =>
  db
    .selectFrom('webhooks')
    .select(COLUMNS)
    .where('name', '>', parameter('after'))
    .orderBy('name')
    .limit(parameter('rows')),
);

const enabled = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('webhooks').select(COLUMNS).where('is_enabled', '=', 1).orderBy('id'),
);

interface Switched {
  readonly id: number;
  readonly isEnabled: number;
  readonly reason: string | null;
}

const switched = query((db, parameter: Parameter<Switched>) =>
  db
    .updateTable('webhooks')
    .set({
      is_enabled: parameter('isEnabled'),
      disabled_reason: parameter('reason'),
      failing_since: null,
      resume_at: null,
    })
    .where('id', '=', parameter('id')),
);

const succeeded = query((db, parameter: Parameter<{ id: number }>) =>
  db
    .updateTable('webhooks')
    .set({ failing_since: null, resume_at: null })
    .where('id', '=', parameter('id'))
    .where((where) => where.or([where('failing_since', 'is not', null), where('resume_at', 'is not', null)])),
);

const failed = query((db, parameter: Parameter<{ id: number; now: number; resumeAt: number | null }>) =>
  db
    .updateTable('webhooks')
    .set(({ fn, val }) => ({
      failing_since: fn.coalesce('failing_since', val(parameter('now'))),
      resume_at: parameter('resumeAt'),
    }))
    .where('id', '=', parameter('id'))
    .returning('failing_since as failingSince'),
);

/** @returns `undefined` when there is one of that name. */
export function insertWebhook(
  tx: Transaction,
  webhook: Content & { readonly name: string },
  now: Date,
): Promise<WebhookRow | undefined> {
  return tx.first(inserted, { ...webhook, now: now.getTime() });
}

export async function updateWebhook(tx: Transaction, webhook: Content & { readonly id: number }): Promise<void> {
  await tx.all(updated, webhook);
}

export async function deleteWebhook(tx: Transaction, id: number): Promise<void> {
  await tx.all(removed, { id });
}

export function findWebhook(db: Queryable, name: string): Promise<WebhookRow | undefined> {
  return db.first(byName, { name });
}

export function findWebhookById(db: Queryable, id: number): Promise<WebhookRow | undefined> {
  return db.first(byId, { id });
}

/** In the order of their names, behind that one. */
export function listWebhooks(db: Queryable, after: string, rows: number): Promise<readonly WebhookRow[]> {
  return db.all(page, { after, rows });
}

export function listEnabledWebhooks(db: Queryable): Promise<readonly WebhookRow[]> {
  return db.all(enabled, {});
}

/** @param reason why it was stopped, where nobody asked for that. */
export async function switchWebhook(
  tx: Transaction,
  { id, isEnabled, reason }: { readonly id: number; readonly isEnabled: boolean; readonly reason?: string },
): Promise<void> {
  await tx.all(switched, { id, isEnabled: isEnabled ? 1 : 0, reason: reason ?? null });
}

/** Its receiver is well. */
export async function noteWebhookSuccess(tx: Transaction, id: number): Promise<void> {
  await tx.all(succeeded, { id });
}

/** @param resumeAt nothing is to be sent before. @returns since when nothing has succeeded. */
export async function noteWebhookFailure(
  tx: Transaction,
  { id, resumeAt }: { readonly id: number; readonly resumeAt: Date | undefined },
  now: Date,
): Promise<Date> {
  const row = await tx.first(failed, { id, now: now.getTime(), resumeAt: resumeAt?.getTime() ?? null });
  return new Date(row?.failingSince ?? now.getTime());
}
