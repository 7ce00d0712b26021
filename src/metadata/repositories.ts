import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

const idByName = query((db, parameter: Parameter<Named>) =>
  db.selectFrom('repositories').select('id').where('name', '=', parameter('name')),
);

const inserted = query((db, parameter: Parameter<Named & { now: number }>) =>
  db
    .insertInto('repositories')
    .values({ name: parameter('name'), created_at: parameter('now') })
    .returning('id'),
);

const named = query((db, parameter: Parameter<{ after: string; limit: number }>) =>
  db
    .selectFrom('repositories')
    .select('name')
    .where('name', '>', parameter('after') as RepositoryName) // any text may be a lower bound
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifests').select('manifests.digest').whereRef('manifests.repository_id', '=', 'repositories.id'),
      ),
    )
    .orderBy('name')
    .limit(parameter('limit')),
);

const emptySince = query((db, parameter: Parameter<{ before: number }>) =>
  db
    .deleteFrom('repositories')
    .where('created_at', '<', parameter('before'))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('manifests').select('digest').whereRef('repository_id', '=', 'repositories.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('links').select('digest').whereRef('repository_id', '=', 'repositories.id'))),
    )
    .returning('name'),
);

interface Named {
  readonly name: RepositoryName;
}

export async function findRepositoryId(db: Queryable, name: RepositoryName): Promise<number | undefined> {
  return (await db.first(idByName, { name }))?.id;
}

/** The repository of that name, made now if there is none: a repository begins with its first content. */
export async function ensureRepository(tx: Transaction, name: RepositoryName, now: Date): Promise<number> {
  const existing = await findRepositoryId(tx, name);
  if (existing !== undefined) return existing;
  const row = await tx.first(inserted, { name, now: now.getTime() });
  if (row === undefined) throw new Error(`repository ${name} was not inserted`);
  return row.id;
}

/** Names in byte order, strictly after `after`, of the repositories that hold a manifest. */
export async function listRepositoryNames(
  db: Queryable,
  after: string,
  limit: number,
): Promise<readonly RepositoryName[]> {
  return (await db.all(named, { after, limit })).map(({ name }) => name);
}

/** Forgets the repositories made before `before` that hold nothing. @returns their names. */
export async function deleteEmptyRepositories(tx: Transaction, before: Date): Promise<readonly RepositoryName[]> {
  return (await tx.all(emptySince, { before: before.getTime() })).map(({ name }) => name);
}
