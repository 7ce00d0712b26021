import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

const removed = query((db, parameter: Parameter<{ digest: Digest }>) =>
  db.deleteFrom('links').where('digest', '=', parameter('digest')),
);

const forgotten = query((db, parameter: Parameter<{ storageKey: string }>) =>
  db.selectFrom('forgotten_blobs').select('size').where('storage_key', '=', parameter('storageKey')),
);

/** No repository serves the blob any more. */
export async function deleteLinksOf(tx: Transaction, digest: Digest): Promise<void> {
  await tx.all(removed, { digest });
}

/** Do these bytes wait to be swept? */
export async function isForgotten(db: Queryable, storageKey: string): Promise<boolean> {
  return (await db.first(forgotten, { storageKey })) !== undefined;
}
