import type { Reseal, SealedPlace } from '../encryption/key-rotation.ts';
import { findConnection, saveConnection, walkConnections, type ConnectionRow } from '../metadata/connections.ts';
import type { Database } from '../metadata/database.ts';
import { connectionLock } from '../metadata/locks.ts';
import { clientKeyContext, secretContext } from './sealed-fields.ts';
import { storedOf } from './stored.ts';

const AT_ONCE = 100;

type SealedColumns = Pick<ConnectionRow, 'secret' | 'otherSecret' | 'clientKey'>;

/** The secrets of connections, for a new key. */
export function sealedConnections(db: Database): SealedPlace {
  return {
    name: 'registries',
    reseal: async (after, reseal) => {
      const rows = await walkConnections(db, after, AT_ONCE);
      let resealed = 0;
      for (const row of rows) resealed += await resealOne(db, row, reseal);
      return { resealed, next: rows.length < AT_ONCE ? undefined : rows.at(-1)?.id };
    },
  };
}

async function resealOne(db: Database, row: ConnectionRow, reseal: Reseal): Promise<number> {
  const { kind, url } = storedOf(row);
  const bound = { id: row.id, kind, url };
  const changes: { -readonly [Column in keyof SealedColumns]?: string } = {};
  for (const column of ['secret', 'otherSecret', 'clientKey'] as const) {
    const sealed = row[column];
    const context = column === 'clientKey' ? clientKeyContext(bound) : secretContext(bound);
    const renewed = sealed === null ? undefined : await reseal(sealed, context);
    if (renewed !== undefined) changes[column] = renewed;
  }
  const count = Object.keys(changes).length;
  if (count === 0) return 0;
  return await db.transaction(async (tx) => {
    await tx.lock('exclusive', [connectionLock(row.id)]);
    const current = await findConnection(tx, row.id);
    // Whoever changed it meanwhile sealed it by the new key; if not, the next pass finds it.
    if (current === undefined || current.version !== row.version) return count;
    // Not another version: it is the same secret, and who is at work with it may go on.
    await saveConnection(tx, { ...current, ...changes });
    return count;
  });
}
