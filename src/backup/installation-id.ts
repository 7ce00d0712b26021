import type { Database } from '../metadata/database.ts';
import { firstStartLock } from '../metadata/locks.ts';
import { insertSecret, listSecrets } from '../metadata/secrets.ts';

const PURPOSE = 'installation';

/** What tells this installation from all others: made when it is first asked for, and kept through moves. */
export function ensureInstallationId(db: Database, now: Date): Promise<string> {
  return db.transaction(async (tx) => {
    await tx.lock('exclusive', [firstStartLock()]);
    const [known] = await listSecrets(tx, PURPOSE);
    if (known !== undefined) return known.value;
    const value = crypto.randomUUID();
    await insertSecret(tx, { id: crypto.randomUUID(), purpose: PURPOSE, value }, now);
    return value;
  });
}
