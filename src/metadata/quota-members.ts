import type { RepositoryName } from '../oci/repository-name.ts';
import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import { quotaListLock } from './locks.ts';
import { deleteQuota, insertQuota, listQuotaPatterns, type NewQuota } from './quotas.ts';

/*
 * Which repositories count for which quota is written down when a repository is made and when a quota is, so that a push
 * compares no patterns. Both lock the list of quotas: none is made between reading the list and acting on it. What a
 * repository holds is added to its quotas, and taken away again, by triggers of the database.
 */

/** In one statement. */
const MEMBERS_AT_ONCE = 2000;

const joined = query((db, parameter: Parameter<{ quotaId: number; repositoryId: number }>) =>
  db
    .insertInto('quota_members')
    .values({ quota_id: parameter('quotaId'), repository_id: parameter('repositoryId') })
    .onConflict((conflict) => conflict.columns(['repository_id', 'quota_id']).doNothing()),
);

const left = query((db, parameter: Parameter<{ quotaId: number }>) =>
  db.deleteFrom('quota_members').where('quota_id', '=', parameter('quotaId')),
);

const named = query((db, parameter: Parameter<{ after: number; limit: number }>) =>
  db
    .selectFrom('repositories')
    .select(['id', 'name'])
    .where('id', '>', parameter('after'))
    .orderBy('id')
    .limit(parameter('limit')),
);

/** The numbers of the quotas that a repository of this name counts for. To be called with {@link quotaListLock}. */
export async function findMatchingQuotas(db: Queryable, name: RepositoryName): Promise<readonly number[]> {
  const quotas = await listQuotaPatterns(db);
  return quotas.filter(({ pattern }) => parseRepositoryPattern(pattern).matches(name)).map(({ id }) => id);
}

/** A repository that was just made, or came back, counts for its quotas from now on, with all that it holds. */
export async function joinQuotas(
  tx: Transaction,
  { id, name }: { readonly id: number; readonly name: RepositoryName },
): Promise<void> {
  await tx.lock('shared', [quotaListLock()]);
  for (const quotaId of await findMatchingQuotas(tx, name)) await tx.all(joined, { quotaId, repositoryId: id });
}

/** Makes a quota, with its members. @returns its number; `undefined` when the pattern has one. */
export async function insertQuotaWithMembers(tx: Transaction, quota: NewQuota, now: Date): Promise<number | undefined> {
  await tx.lock('exclusive', [quotaListLock()]);
  const id = await insertQuota(tx, quota, now);
  if (id !== undefined) await gatherMembers(tx, { id, pattern: quota.pattern });
  return id;
}

/** @returns whether there was one. */
export async function deleteQuotaWithMembers(tx: Transaction, id: number): Promise<boolean> {
  await tx.lock('exclusive', [quotaListLock()]);
  await tx.all(left, { quotaId: id });
  return deleteQuota(tx, id);
}

/** Writes down the members of all quotas anew: the quotas came from elsewhere, without them. */
export async function regatherMembers(tx: Transaction): Promise<void> {
  await tx.lock('exclusive', [quotaListLock()]);
  await tx.build((kysely) => kysely.deleteFrom('quota_members'));
  await tx.build((kysely) => kysely.deleteFrom('quota_usage'));
  for (const quota of await listQuotaPatterns(tx)) await gatherMembers(tx, quota);
}

async function gatherMembers(
  tx: Transaction,
  { id, pattern }: { readonly id: number; readonly pattern: string },
): Promise<void> {
  const { matches } = parseRepositoryPattern(pattern);
  for (let after = 0; ;) {
    const some = await tx.all(named, { after, limit: MEMBERS_AT_ONCE });
    const members = some.filter(({ name }) => matches(name));
    const values = members.map((repository) => ({ quota_id: id, repository_id: repository.id }));
    if (values.length > 0) await tx.build((kysely) => kysely.insertInto('quota_members').values(values));
    const last = some.at(-1);
    if (last === undefined || some.length < MEMBERS_AT_ONCE) return;
    after = last.id;
  }
}
