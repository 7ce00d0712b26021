import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { numbers } from './list-parameters.ts';
import { joinQuotas } from './quota-members.ts';
import type { Looked, Stretch } from './stretch.ts';

const idByName = query((db, parameter: Parameter<Named>) =>
  db.selectFrom('repositories').select('id').where('name', '=', parameter('name')),
);

const inserted = query((db, parameter: Parameter<Named & { now: number }>) =>
  db
    .insertInto('repositories')
    .values({ name: parameter('name'), created_at: parameter('now') })
    .onConflict((conflict) => conflict.column('name').doNothing())
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

const emptySince = query((db, parameter: Parameter<{ before: number; after: number; limit: number }>) =>
  db
    .selectFrom('repositories')
    .select(['id', 'name'])
    .where('id', '>', parameter('after'))
    .where('created_at', '<', parameter('before'))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('manifests').select('digest').whereRef('repository_id', '=', 'repositories.id'))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('links').select('digest').whereRef('repository_id', '=', 'repositories.id'))),
    )
    // What is restored comes back to where it was, with its history.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('trash')
            .select('trash.id')
            .whereRef('trash.repository', '=', 'repositories.name')
            .whereRef('trash.repository_id', '=', 'repositories.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(parameter('limit')),
);

const lastId = query((db) => db.selectFrom('repositories').select(({ fn }) => fn.max<number | null>('id').as('id')));

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
  const made = await tx.first(inserted, { name, now: now.getTime() });
  // Another node made it between the two, and has committed by now.
  const id = made?.id ?? (await findRepositoryId(tx, name));
  if (id === undefined) throw new Error(`repository ${name} was not inserted`);
  if (made !== undefined) await joinQuotas(tx, { id, name });
  return id;
}

/** Names in byte order, strictly after `after`, of the repositories that hold a manifest. */
export async function listRepositoryNames(
  db: Queryable,
  after: string,
  limit: number,
): Promise<readonly RepositoryName[]> {
  return (await db.all(named, { after, limit })).map(({ name }) => name);
}

/** The highest number of a repository that is there; 0 when there is none. */
export async function findLastRepository(db: Queryable): Promise<number> {
  return (await db.first(lastId, {}))?.id ?? 0;
}

const removed = query((db, parameter: Parameter<{ ids: readonly number[] }>) =>
  db.deleteFrom('repositories').where('id', 'in', numbers(parameter('ids'))),
);

/** A repository, by both its names. */
export interface RepositoryKey {
  readonly id: number;
  readonly name: RepositoryName;
}

/** Repositories made before `before` that hold nothing, and to which nothing can be restored; at most as many as a stretch has rows. */
export async function listEmptyRepositories(
  db: Queryable,
  before: Date,
  { after = 0, rows }: Stretch<number>,
): Promise<Looked<RepositoryKey, number>> {
  const found = await db.all(emptySince, { before: before.getTime(), after, limit: rows });
  return { found, end: found.length < rows ? undefined : found.at(-1)?.id };
}

export async function deleteRepositories(tx: Transaction, ids: readonly number[]): Promise<void> {
  await tx.all(removed, { ids });
}
