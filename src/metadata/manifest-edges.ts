import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { rowsOf } from './list-parameters.ts';
import type { EdgeKind } from './schema.ts';

interface NamedByManifest {
  readonly repositoryId: number;
  readonly manifestDigest: Digest;
  readonly kind: EdgeKind;
  readonly digests: readonly Digest[];
}

/** A manifest names some content: a blob, or (an index) another manifest. */
export interface ManifestEdge {
  readonly kind: EdgeKind;
  readonly digest: Digest;
}

const savedOf = query((db, parameter: Parameter<NamedByManifest>) =>
  db
    .insertInto('manifest_edges')
    .columns(['repository_id', 'manifest_digest', 'kind', 'digest'])
    .expression(
      db
        .selectFrom(rowsOf(parameter('digests')).as('named'))
        .select([
          sql<number>`cast(${parameter('repositoryId')} as bigint)`.as('repository_id'),
          sql<Digest>`cast(${parameter('manifestDigest')} as text)`.as('manifest_digest'),
          sql<EdgeKind>`cast(${parameter('kind')} as text)`.as('kind'),
          'named.value',
        ])
        // SQLite would take the conflict for that of a join.
        .where(({ lit }) => lit(true)),
    )
    .onConflict((conflict) => conflict.doNothing()),
);

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

/** Records what a manifest names; what is recorded already stays. */
export async function saveEdges(
  tx: Transaction,
  repositoryId: number,
  manifestDigest: Digest,
  edges: readonly ManifestEdge[],
): Promise<void> {
  for (const [kind, some] of Map.groupBy(edges, (edge) => edge.kind)) {
    const digests = some.map(({ digest }) => digest);
    await tx.all(savedOf, { repositoryId, manifestDigest, kind, digests });
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
