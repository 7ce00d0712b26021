import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { Actor } from './actor.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';
import type { Schema } from './schema.ts';
import type { TrashKind } from './schema/deleting.ts';

/** One act of deleting, for as long as it can be undone. Times are milliseconds since the epoch. */
export interface TrashRow {
  readonly id: number;
  readonly kind: TrashKind;
  readonly repositoryId: number;
  readonly repository: RepositoryName;
  /** What was asked to go; both are `null` where it were several things. */
  readonly tag: Tag | null;
  readonly digest: Digest | null;
  readonly deletedAt: number;
  readonly expiresAt: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly client: string | null;
  readonly cause: string;
  readonly planId: string | null;
}

/** With how much hangs on it; of a repository that was deleted whole, nothing is counted. */
export interface CountedTrashRow extends TrashRow {
  readonly manifests: number;
  readonly tags: number;
  /** By name. */
  readonly firstTag: Tag | null;
}

/** What begins an entry. */
export interface NewTrash {
  readonly kind: TrashKind;
  readonly repositoryId: number;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
  /** From now on. */
  readonly keepSeconds: number;
  readonly planId?: string;
}

const COLUMNS = [
  'trash.id',
  'trash.kind',
  'trash.repository_id as repositoryId',
  'trash.repository',
  'trash.tag',
  'trash.digest',
  'trash.deleted_at as deletedAt',
  'trash.expires_at as expiresAt',
  'trash.principal_id as principalId',
  'trash.principal_name as principalName',
  'trash.client',
  'trash.cause',
  'trash.plan_id as planId',
] as const;

const inserted = query((db, parameter: Parameter<Omit<TrashRow, 'id'>>) =>
  db
    .insertInto('trash')
    .values({
      kind: parameter('kind'),
      repository_id: parameter('repositoryId'),
      repository: parameter('repository'),
      tag: parameter('tag'),
      digest: parameter('digest'),
      deleted_at: parameter('deletedAt'),
      expires_at: parameter('expiresAt'),
      principal_id: parameter('principalId'),
      principal_name: parameter('principalName'),
      client: parameter('client'),
      cause: parameter('cause'),
      plan_id: parameter('planId'),
    })
    .returning('id'),
);

const claimed = query((db, parameter: Parameter<{ id: number; now: number }>) =>
  db
    .updateTable('trash')
    .set(({ ref }) => ({ expires_at: ref('trash.expires_at') }))
    .where('id', '=', parameter('id'))
    .where('expires_at', '>', parameter('now'))
    .returning(COLUMNS),
);

const counted = query((db, parameter: Parameter<{ id: number }>) => withCounts(db).where('id', '=', parameter('id')));

function withCounts(db: Kysely<Schema>) {
  return db
    .selectFrom('trash')
    .select(COLUMNS)
    .select(({ selectFrom, fn }) => [
      selectFrom('trashed_manifests')
        .select(fn.countAll<number>().as('count'))
        .whereRef('trashed_manifests.trash_id', '=', 'trash.id')
        .as('manifests'),
      selectFrom('trashed_tags')
        .select(fn.countAll<number>().as('count'))
        .whereRef('trashed_tags.trash_id', '=', 'trash.id')
        .as('tags'),
      selectFrom('trashed_tags')
        .select((tags) => tags.fn.min('trashed_tags.name').as('name'))
        .whereRef('trashed_tags.trash_id', '=', 'trash.id')
        .as('firstTag'),
    ]);
}

const ofPlan = query((db, parameter: Parameter<{ planId: string; now: number }>) =>
  db
    .selectFrom('trash')
    .select(COLUMNS)
    .where('plan_id', '=', parameter('planId'))
    .where('expires_at', '>', parameter('now'))
    .orderBy('id', 'desc'),
);

const removed = query((db, parameter: Parameter<{ id: number }>) =>
  db.deleteFrom('trash').where('id', '=', parameter('id')).returning('id'),
);

/** Begins an entry; what goes into it follows in the same transaction. */
export async function insertTrash(tx: Transaction, trash: NewTrash, actor: Actor, now: Date): Promise<TrashRow> {
  const row = {
    kind: trash.kind,
    repositoryId: trash.repositoryId,
    repository: trash.repository,
    tag: trash.tag ?? null,
    digest: trash.digest ?? null,
    deletedAt: now.getTime(),
    expiresAt: now.getTime() + trash.keepSeconds * 1000,
    principalId: actor.principalId,
    principalName: actor.principalName,
    client: actor.client ?? null,
    cause: actor.cause,
    planId: trash.planId ?? null,
  };
  const made = await tx.first(inserted, row);
  if (made === undefined) throw new Error(`the trash entry of ${trash.repository} was not inserted`);
  return { id: made.id, ...row };
}

/**
 * The entry, if its time is not over. Until the end of the transaction nobody else restores or purges it: whoever tries
 * waits, and then finds what we left.
 */
export function claimTrash(tx: Transaction, id: number, now: Date): Promise<TrashRow | undefined> {
  return tx.first(claimed, { id, now: now.getTime() });
}

/** Whether or not its time is over. */
export async function findTrash(db: Queryable, id: number): Promise<CountedTrashRow | undefined> {
  const row = await db.first(counted, { id });
  return row === undefined ? undefined : { ...row, manifests: row.manifests ?? 0, tags: row.tags ?? 0 };
}

/** Entries of a plan that can be restored, newest first. */
export function listTrashOfPlan(db: Queryable, planId: string, now: Date): Promise<readonly TrashRow[]> {
  return db.all(ofPlan, { planId, now: now.getTime() });
}

/** Which entries; those that all of it is true of. */
export interface TrashFilter {
  readonly repository?: RepositoryName | undefined;
  readonly kind?: TrashKind | undefined;
  readonly planId?: string | undefined;
  /** Parts of the names of the repository, and of who deleted it, in whatever case. */
  readonly repositoryPart?: string | undefined;
  readonly deletedByPart?: string | undefined;
}

/** Entries that can be restored, newest first, strictly before `before`. */
export async function listTrash(
  db: Queryable,
  { repository, kind, planId, repositoryPart, deletedByPart }: TrashFilter,
  {
    before = Number.MAX_SAFE_INTEGER,
    limit,
    now,
  }: { readonly before?: number; readonly limit: number; readonly now: Date },
): Promise<readonly CountedTrashRow[]> {
  const rows = await db.build((kysely) => {
    let list = withCounts(kysely).where('id', '<', before).where('expires_at', '>', now.getTime());
    if (repository !== undefined) list = list.where('repository', '=', repository);
    if (kind !== undefined) list = list.where('kind', '=', kind);
    if (planId !== undefined) list = list.where('plan_id', '=', planId);
    if (repositoryPart !== undefined) list = list.where(has(sql.ref('repository'), repositoryPart));
    if (deletedByPart !== undefined) list = list.where(has(sql.ref('principal_name'), deletedByPart));
    return list.orderBy('id', 'desc').limit(limit);
  });
  return rows.map((row) => ({ ...row, manifests: row.manifests ?? 0, tags: row.tags ?? 0 }));
}

function has(column: RawBuilder<unknown>, part: string): RawBuilder<SqlBool> {
  const pattern = `%${part.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`;
}

/** The time of these entries is over. @returns how many they are. */
export async function expireTrash(
  tx: Transaction,
  { id, repository }: Pick<TrashFilter, 'repository'> & { readonly id?: number | undefined },
  now: Date,
): Promise<number> {
  const rows = await tx.build((db) => {
    // Nought tells the collection that nothing of it is waited for.
    let update = db.updateTable('trash').set({ expires_at: 0 }).where('expires_at', '>', now.getTime());
    if (id !== undefined) update = update.where('id', '=', id);
    if (repository !== undefined) update = update.where('repository', '=', repository);
    return update.returning('id');
  });
  return rows.length;
}

/** Deletes the entry itself, from which everything was taken. */
export async function deleteTrash(tx: Transaction, id: number): Promise<boolean> {
  return (await tx.first(removed, { id })) !== undefined;
}
