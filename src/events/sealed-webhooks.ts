import type { Reseal, SealedPlace } from '../encryption/key-rotation.ts';
import type { Database } from '../metadata/database.ts';
import { findWebhookById, listWebhooks, updateWebhook, type WebhookRow } from '../metadata/webhooks.ts';
import { headerContext, secretContext, webhookOf } from './webhook.ts';

const AT_ONCE = 100;

/** The secrets of webhooks, for a new key. */
export function sealedWebhooks(db: Database): SealedPlace {
  return {
    name: 'webhooks',
    reseal: async (after, reseal) => {
      const rows = await listWebhooks(db, after, AT_ONCE);
      let resealed = 0;
      for (const row of rows) resealed += await resealOne(db, row, reseal);
      return { resealed, next: rows.length < AT_ONCE ? undefined : rows.at(-1)?.name };
    },
  };
}

async function resealOne(db: Database, row: WebhookRow, reseal: Reseal): Promise<number> {
  const { id, name } = row;
  const { settings } = webhookOf(row);
  let count = 0;
  const renewed = async (sealed: string, context: string): Promise<string> => {
    const text = await reseal(sealed, context);
    if (text !== undefined) count += 1;
    return text ?? sealed;
  };
  const secret = row.secret === null ? null : await renewed(row.secret, secretContext(name));
  const headers: Record<string, string> = {};
  for (const [header, value] of Object.entries(settings.headers)) {
    headers[header] = await renewed(value, headerContext(name, header));
  }
  if (count === 0) return 0;
  return await db.transaction(async (tx) => {
    const current = await findWebhookById(tx, id);
    // Whoever changed it meanwhile sealed it by the new key; if not, the next pass finds it.
    if (current?.settings !== row.settings || current.secret !== row.secret) return count;
    const { url, format } = current;
    await updateWebhook(tx, { id, url, format, secret, settings: JSON.stringify({ ...settings, headers }) });
    return count;
  });
}
