import type { Digest } from '../oci/digest.ts';
import type { BlobRow } from './blobs.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { BEFORE_ALL } from './stretch.ts';

/** A blob's row, with all that a copy of it has to say. */
export interface DatedBlob extends BlobRow {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const COLUMNS = ['digest', 'size', 'storage_key as storageKey', 'created_at as createdAt'] as const;

const behind = query((db, parameter: Parameter<{ after: Digest; limit: number }>) =>
  db
    .selectFrom('blobs')
    .select(COLUMNS)
    .where('digest', '>', parameter('after'))
    .orderBy('digest')
    .limit(parameter('limit')),
);

const ofThese = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db.selectFrom('blobs').select(COLUMNS).where('digest', 'in', parameter('digests')),
);

/** The next ones behind `after`, in the order of the database. */
export function listBlobs(db: Queryable, after: Digest | undefined, limit: number): Promise<readonly DatedBlob[]> {
  return db.all(behind, { after: after ?? BEFORE_ALL, limit });
}

/** Of these digests, what is recorded. */
export async function findBlobs(db: Queryable, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, DatedBlob>> {
  if (digests.length === 0) return new Map();
  const rows = await db.all(ofThese, { digests });
  return new Map(rows.map((row) => [row.digest, row]));
}
