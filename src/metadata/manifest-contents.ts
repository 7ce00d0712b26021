import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { AFTER_ALL, BEFORE_ALL, type Looked, type Stretch } from './stretch.ts';

const nth = query((db, parameter: Parameter<{ after: Digest; skipped: number }>) =>
  db
    .selectFrom('manifest_contents')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .orderBy('digest')
    .limit(1)
    .offset(parameter('skipped')),
);

const unnamed = query((db, parameter: Parameter<{ after: Digest; end: Digest }>) =>
  db
    .selectFrom('manifest_contents')
    .select('digest')
    .where('digest', '>', parameter('after'))
    .where('digest', '<=', parameter('end'))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifests')
            .select('manifests.digest')
            .whereRef('manifests.digest', '=', 'manifest_contents.digest'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('trashed_manifests')
            .select('trashed_manifests.digest')
            .whereRef('trashed_manifests.digest', '=', 'manifest_contents.digest'),
        ),
      ),
    ),
);

const removed = query((db, parameter: Parameter<{ digests: readonly Digest[] }>) =>
  db.deleteFrom('manifest_contents').where('digest', 'in', parameter('digests')),
);

/** In a stretch of them, the bytes that no manifest has any more, not even one in the trash. */
export async function listUnnamedContents(
  db: Queryable,
  { after = BEFORE_ALL, rows }: Stretch<Digest>,
): Promise<Looked<Digest, Digest>> {
  const end = await findEnd(db, after, rows);
  const found = await db.all(unnamed, { after, end: end ?? AFTER_ALL });
  return { found: found.map(({ digest }) => digest), end };
}

export async function deleteContents(tx: Transaction, digests: readonly Digest[]): Promise<void> {
  await tx.all(removed, { digests });
}

async function findEnd(db: Queryable, after: Digest, rows: number): Promise<Digest | undefined> {
  return (await db.first(nth, { after, skipped: rows - 1 }))?.digest;
}
