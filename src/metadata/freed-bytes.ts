import type { Digest } from '../oci/digest.ts';
import type { Queryable } from './database.ts';

/*
 * What deleting manifests would free: bytes that nothing else names, anywhere. Lists of digests have at most 1000.
 */

/** That a manifest names a blob which its repository may serve. */
export interface NamedBlob {
  readonly manifest: Digest;
  readonly digest: Digest;
  readonly size: number;
}

/** How many name it, in all repositories there are. */
export interface Naming {
  readonly digest: Digest;
  readonly count: number;
}

export function listNamedBlobs(
  db: Queryable,
  repositoryId: number,
  manifests: readonly Digest[],
): Promise<readonly NamedBlob[]> {
  return db.build((kysely) =>
    kysely
      .selectFrom('manifest_edges')
      .innerJoin('blobs', 'blobs.digest', 'manifest_edges.digest')
      .innerJoin('links', (join) =>
        join
          .onRef('links.repository_id', '=', 'manifest_edges.repository_id')
          .onRef('links.digest', '=', 'manifest_edges.digest'),
      )
      .select(['manifest_edges.manifest_digest as manifest', 'manifest_edges.digest', 'blobs.size'])
      .where('manifest_edges.repository_id', '=', repositoryId)
      .where('manifest_edges.manifest_digest', 'in', manifests)
      .where('manifest_edges.kind', '=', 'blob'),
  );
}

/** How many manifests name each of these blobs where it may be served. */
export function countNaming(db: Queryable, blobs: readonly Digest[]): Promise<readonly Naming[]> {
  return db.build((kysely) =>
    kysely
      .selectFrom('links')
      // What is deleted as a whole keeps its rows, and nobody has it.
      .innerJoin('repositories', 'repositories.id', 'links.repository_id')
      .innerJoin('manifest_edges', (join) =>
        join
          .onRef('manifest_edges.repository_id', '=', 'links.repository_id')
          .onRef('manifest_edges.digest', '=', 'links.digest'),
      )
      .select(({ fn }) => ['links.digest', fn.countAll<number>().as('count')])
      .where('links.digest', 'in', blobs)
      .where('manifest_edges.kind', '=', 'blob')
      .groupBy('links.digest'),
  );
}

/** How many repositories have each of these manifests. */
export function countHolding(db: Queryable, manifests: readonly Digest[]): Promise<readonly Naming[]> {
  return db.build((kysely) =>
    kysely
      .selectFrom('manifests')
      .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
      .select(({ fn }) => ['manifests.digest', fn.countAll<number>().as('count')])
      .where('manifests.digest', 'in', manifests)
      .groupBy('manifests.digest'),
  );
}
