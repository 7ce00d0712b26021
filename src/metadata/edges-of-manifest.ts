import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import type { ManifestEdge } from './manifest-edges.ts';

const ofManifest = query((db, parameter: Parameter<{ repositoryId: number; manifestDigest: Digest }>) =>
  db
    .selectFrom('manifest_edges')
    .select(['kind', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('manifest_digest', '=', parameter('manifestDigest')),
);

/** What is recorded of a manifest's contents. */
export function listEdges(
  db: Queryable,
  repositoryId: number,
  manifestDigest: Digest,
): Promise<readonly ManifestEdge[]> {
  return db.all(ofManifest, { repositoryId, manifestDigest });
}
