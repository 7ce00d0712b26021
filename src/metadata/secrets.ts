import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A random value that the registry made for itself, such as the key it signs bearer tokens with. */
export interface SecretRow {
  readonly id: string;
  /** base64url. */
  readonly value: string;
  readonly createdAt: Date;
}

const ofPurpose = query((db, parameter: Parameter<{ purpose: string }>) =>
  db
    .selectFrom('secrets')
    .select(['id', 'value', 'created_at'])
    .where('purpose', '=', parameter('purpose'))
    .orderBy('created_at', 'desc')
    .orderBy('id'),
);

interface NewSecret {
  readonly id: string;
  readonly purpose: string;
  readonly value: string;
  readonly now: number;
}

const inserted = query((db, parameter: Parameter<NewSecret>) =>
  db.insertInto('secrets').values({
    id: parameter('id'),
    purpose: parameter('purpose'),
    value: parameter('value'),
    created_at: parameter('now'),
  }),
);

const removed = query((db, parameter: Parameter<{ id: string }>) =>
  db.deleteFrom('secrets').where('id', '=', parameter('id')),
);

/** The secrets of one purpose, newest first. */
export async function listSecrets(db: Queryable, purpose: string): Promise<readonly SecretRow[]> {
  const rows = await db.all(ofPurpose, { purpose });
  return rows.map(({ id, value, created_at }) => ({ id, value, createdAt: new Date(created_at) }));
}

export async function insertSecret(
  tx: Transaction,
  secret: { readonly id: string; readonly purpose: string; readonly value: string },
  now: Date,
): Promise<void> {
  await tx.all(inserted, { ...secret, now: now.getTime() });
}

export async function deleteSecret(tx: Transaction, id: string): Promise<void> {
  await tx.all(removed, { id });
}
