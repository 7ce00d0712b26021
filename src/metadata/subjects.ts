import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable } from './database.ts';

const subjects = query((db, parameter: Parameter<{ repositoryId: number; digests: readonly Digest[] }>) =>
  db
    .selectFrom('manifests')
    .innerJoin('manifests as subjects', (join) =>
      join
        .onRef('subjects.repository_id', '=', 'manifests.repository_id')
        .onRef('subjects.digest', '=', 'manifests.subject'),
    )
    .select(['manifests.digest', 'subjects.digest as subject'])
    .where('manifests.repository_id', '=', parameter('repositoryId'))
    .where('manifests.digest', 'in', parameter('digests')),
);

/** What these manifests refer to, of those that refer to something that is in the repository. */
export async function listSubjects(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly { readonly digest: Digest; readonly subject: Digest }[]> {
  return digests.length === 0 ? [] : db.all(subjects, { repositoryId, digests });
}
