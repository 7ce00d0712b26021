import type { Digest } from '../oci/digest.ts';
import type { Queryable } from './database.ts';

const DIGESTS_PER_STATEMENT = 2000;

/** What these manifests refer to, of those that refer to something that is in the repository. */
export async function listSubjects(
  db: Queryable,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<readonly { readonly digest: Digest; readonly subject: Digest }[]> {
  const found: { digest: Digest; subject: Digest }[] = [];
  for (let start = 0; start < digests.length; start += DIGESTS_PER_STATEMENT) {
    const some = digests.slice(start, start + DIGESTS_PER_STATEMENT);
    const rows = await db.build((kysely) =>
      kysely
        .selectFrom('manifests')
        .innerJoin('manifests as subjects', (join) =>
          join
            .onRef('subjects.repository_id', '=', 'manifests.repository_id')
            .onRef('subjects.digest', '=', 'manifests.subject'),
        )
        .select(['manifests.digest', 'subjects.digest as subject'])
        .where('manifests.repository_id', '=', repositoryId)
        .where('manifests.digest', 'in', some),
    );
    found.push(...rows);
  }
  return found;
}
