import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

const saved = query((db, parameter: Parameter<TagMove & { now: number }>) =>
  db
    .insertInto('tags')
    .values({
      repository_id: parameter('repositoryId'),
      name: parameter('tag'),
      digest: parameter('digest'),
      updated_at: parameter('now'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'name'])
        .doUpdateSet({ digest: parameter('digest'), updated_at: parameter('now') }),
    ),
);

const one = query((db, parameter: Parameter<{ repositoryId: number; tag: Tag }>) =>
  db
    .selectFrom('tags')
    .select('digest')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '=', parameter('tag')),
);

const made = query((db, parameter: Parameter<TagMove & { now: number }>) =>
  db
    .insertInto('tags')
    .values({
      repository_id: parameter('repositoryId'),
      name: parameter('tag'),
      digest: parameter('digest'),
      updated_at: parameter('now'),
    })
    .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doNothing())
    .returning('name'),
);

const moved = query((db, parameter: Parameter<TagMove & { from: Digest; now: number }>) =>
  db
    .updateTable('tags')
    .set({ digest: parameter('digest'), updated_at: parameter('now') })
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '=', parameter('tag'))
    .where('digest', '=', parameter('from'))
    .returning('name'),
);

const ofManifest = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest'))
    .orderBy('name'),
);

const removed = query((db, parameter: Parameter<{ repositoryId: number; tag: Tag }>) =>
  db
    .deleteFrom('tags')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '=', parameter('tag'))
    .returning('name'),
);

const removedOf = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .deleteFrom('tags')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest'))
    .returning('name'),
);

const named = query((db, parameter: Parameter<{ repositoryId: number; after: string; limit: number }>) =>
  db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', parameter('repositoryId'))
    .where('name', '>', parameter('after') as Tag) // any text may be a lower bound
    .orderBy('name')
    .limit(parameter('limit')),
);

export interface TagMove {
  readonly repositoryId: number;
  readonly tag: Tag;
  readonly digest: Digest;
}

/** Creates the tag, or moves it. */
export async function saveTag(tx: Transaction, move: TagMove, now: Date): Promise<void> {
  await tx.all(saved, { ...move, now: now.getTime() });
}

/** What a tag names; `undefined`: there is no such tag. */
export async function findTag(db: Queryable, repositoryId: number, tag: Tag): Promise<Digest | undefined> {
  return (await db.first(one, { repositoryId, tag }))?.digest;
}

/** @returns `false` when there is such a tag by now: nothing was changed. */
export async function createTag(tx: Transaction, move: TagMove, now: Date): Promise<boolean> {
  return (await tx.first(made, { ...move, now: now.getTime() })) !== undefined;
}

/** @returns `false` when the tag does not name `from` any more: nothing was changed. */
export async function moveTag(tx: Transaction, move: TagMove & { readonly from: Digest }, now: Date): Promise<boolean> {
  return (await tx.first(moved, { ...move, now: now.getTime() })) !== undefined;
}

/** The tags that name a manifest, in byte order. */
export async function listTagsOf(db: Queryable, repositoryId: number, digest: Digest): Promise<readonly Tag[]> {
  return (await db.all(ofManifest, { repositoryId, digest })).map(({ name }) => name);
}

/** @returns whether there was one. */
export async function deleteTag(tx: Transaction, repositoryId: number, tag: Tag): Promise<boolean> {
  return (await tx.first(removed, { repositoryId, tag })) !== undefined;
}

/** Deletes every tag that names the digest. */
export async function deleteTagsOf(tx: Transaction, repositoryId: number, digest: Digest): Promise<void> {
  await tx.all(removedOf, { repositoryId, digest });
}

/** Names in byte order, strictly after `after`. */
export async function listTagNames(
  db: Queryable,
  repositoryId: number,
  after: string,
  limit: number,
): Promise<readonly Tag[]> {
  return (await db.all(named, { repositoryId, after, limit })).map(({ name }) => name);
}
