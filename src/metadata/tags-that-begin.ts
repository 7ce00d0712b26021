import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable } from './database.ts';

const between = query((db, parameter: Parameter<{ repositoryId: number; from: Tag; to: Tag }>) =>
  db
    .selectFrom('tags')
    .select(['name as tag', 'digest'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '>=', parameter('from'))
    .where('name', '<', parameter('to'))
    .orderBy('name'),
);

/** The tags of a repository that begin so. */
export function listTagsThatBegin(
  db: Queryable,
  repositoryId: number,
  prefix: string,
): Promise<readonly { readonly tag: Tag; readonly digest: Digest }[]> {
  // Any text may be a bound; no character of a tag comes behind `~`.
  return db.all(between, { repositoryId, from: prefix as Tag, to: `${prefix}~` as Tag });
}
