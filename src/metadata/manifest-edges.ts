import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { EdgeKind } from './schema.ts';

/** A manifest names some content: a blob, or (an index) another manifest. */
export interface ManifestEdge {
  readonly kind: EdgeKind;
  readonly digest: Digest;
}

const removedOf = query((db, parameter: Parameter<{ repositoryId: number; manifestDigest: Digest }>) =>
  db
    .deleteFrom('manifest_edges')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('manifest_digest', '=', parameter('manifestDigest')),
);

const naming = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .selectFrom('manifest_edges')
    .select('manifest_digest as manifestDigest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest'))
    .limit(1),
);

/** Rows in one statement: engines bound the number of parameters (SQLite 32 766, PostgreSQL 65 535). */
const ROWS_PER_STATEMENT = 2000;

/** Records what a manifest names; what is recorded already stays. */
export async function saveEdges(
  tx: Transaction,
  repositoryId: number,
  manifestDigest: Digest,
  edges: readonly ManifestEdge[],
): Promise<void> {
  for (let start = 0; start < edges.length; start += ROWS_PER_STATEMENT) {
    const rows = edges
      .slice(start, start + ROWS_PER_STATEMENT)
      .map(({ kind, digest }) => ({ repository_id: repositoryId, manifest_digest: manifestDigest, kind, digest }));
    await tx.build((kysely) =>
      kysely
        .insertInto('manifest_edges')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing()),
    );
  }
}

export async function deleteEdges(tx: Transaction, repositoryId: number, manifestDigest: Digest): Promise<void> {
  await tx.all(removedOf, { repositoryId, manifestDigest });
}

/** A manifest of the repository that names this content, if any does. */
export async function findNamingManifest(
  db: Queryable,
  repositoryId: number,
  digest: Digest,
): Promise<Digest | undefined> {
  return (await db.first(naming, { repositoryId, digest }))?.manifestDigest;
}
