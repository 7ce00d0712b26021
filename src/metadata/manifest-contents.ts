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

const unnamedRemoved = query((db, parameter: Parameter<{ after: Digest; end: Digest }>) =>
  db
    .deleteFrom('manifest_contents')
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
    .returning('digest'),
);

/** Deletes, in a stretch of them, the bytes that no repository's manifest names any more. @returns whose they were. */
export async function deleteUnnamedContents(
  tx: Transaction,
  { after = BEFORE_ALL, rows }: Stretch<Digest>,
): Promise<Looked<Digest, Digest>> {
  const end = await findEnd(tx, after, rows);
  const removed = await tx.all(unnamedRemoved, { after, end: end ?? AFTER_ALL });
  return { found: removed.map(({ digest }) => digest), end };
}

async function findEnd(db: Queryable, after: Digest, rows: number): Promise<Digest | undefined> {
  return (await db.first(nth, { after, skipped: rows - 1 }))?.digest;
}
