import { sql } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { Built, Queryable } from './database.ts';

interface TotalRow {
  readonly root: Digest;
  readonly bytes: number;
}

/**
 * How much belongs to each of these manifests of a repository, in bytes: children of an index, configs, layers, the
 * manifests themselves, each content once. Much cheaper than `measureManifests`, which also asks who else has it.
 *
 * Takes time in proportion to what belongs to them. Those that are not in the repository are missing from the answer.
 */
export async function measureTotals(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  if (digests.length === 0) return new Map();
  const statement = sql<TotalRow>`
    with recursive namings (root, digest, is_manifest) as (
      select digest, digest, 1 from manifests
      where repository_id = ${repositoryId} and digest in (${sql.join(digests)})
      union
      select namings.root, edges.digest, case when edges.kind = 'manifest' then 1 else 0 end
      from namings join manifest_edges as edges
        on edges.repository_id = ${repositoryId} and edges.manifest_digest = namings.digest
      where namings.is_manifest = 1
    )
    select root, sum(case when is_manifest = 1
      then (select size from manifests where repository_id = ${repositoryId} and manifests.digest = namings.digest)
      else (
        select blobs.size from links join blobs on blobs.digest = links.digest
        where links.repository_id = ${repositoryId} and links.digest = namings.digest
      ) end) as bytes
    from namings group by root`;
  const rows = await db.build((kysely) => ({ compile: () => statement.compile(kysely) }) as Built<TotalRow>);
  return new Map(rows.map(({ root, bytes }) => [root, bytes]));
}
