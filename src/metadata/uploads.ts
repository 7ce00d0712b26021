import type { RepositoryName } from '../oci/repository-name.ts';
import type { UploadId } from '../oci/upload-id.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** An upload session: who opened it, and for which repository. */
export interface UploadRow {
  readonly id: UploadId;
  readonly repository: RepositoryName;
  readonly principalId: string;
}

export interface FoundUpload extends UploadRow {
  /** What the store wrote of it last. */
  readonly note: string | undefined;
}

const byId = query((db, parameter: Parameter<{ id: UploadId }>) =>
  db
    .selectFrom('uploads')
    .select(['id', 'repository', 'principal_id as principalId', 'note'])
    .where('id', '=', parameter('id')),
);

const inserted = query((db, parameter: Parameter<UploadRow & { now: number }>) =>
  db.insertInto('uploads').values({
    id: parameter('id'),
    repository: parameter('repository'),
    principal_id: parameter('principalId'),
    created_at: parameter('now'),
    note: null,
    note_version: 0,
    noted_at: null,
  }),
);

const removed = query((db, parameter: Parameter<{ id: UploadId }>) =>
  db.deleteFrom('uploads').where('id', '=', parameter('id')).returning('id'),
);

const countOf = query((db, parameter: Parameter<{ principalId: string }>) =>
  db
    .selectFrom('uploads')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('principal_id', '=', parameter('principalId')),
);

const count = query((db, _parameter: Parameter<object>) =>
  db.selectFrom('uploads').select(({ fn }) => fn.countAll<number>().as('count')),
);

const opened = query((db, parameter: Parameter<{ before: number; after: string; limit: number }>) =>
  db
    .selectFrom('uploads')
    .select('id')
    .where('created_at', '<', parameter('before'))
    .where('id', '>', parameter('after') as UploadId) // any text may be a lower bound
    .orderBy('id')
    .limit(parameter('limit')),
);

const noteOf = query((db, parameter: Parameter<{ id: UploadId }>) =>
  db.selectFrom('uploads').select(['note', 'note_version as version']).where('id', '=', parameter('id')),
);

interface NewNote {
  readonly id: UploadId;
  readonly note: string;
  readonly seen: number;
  readonly now: number;
}

const noted = query((db, parameter: Parameter<NewNote>) =>
  db
    .updateTable('uploads')
    .set(({ eb, ref }) => ({
      note: parameter('note'),
      note_version: eb(ref('note_version'), '+', 1),
      noted_at: parameter('now'),
    }))
    .where('id', '=', parameter('id'))
    .where('note_version', '=', parameter('seen'))
    .returning('note_version as version'),
);

const touched = query((db, parameter: Parameter<{ id: UploadId; now: number }>) =>
  db
    .updateTable('uploads')
    .set({ noted_at: parameter('now') })
    .where('id', '=', parameter('id')),
);

const idle = query((db, parameter: Parameter<{ before: number; after: string; limit: number }>) =>
  db
    .selectFrom('uploads')
    .select('id')
    .where(({ fn }) => fn.coalesce('noted_at', 'created_at'), '<', parameter('before'))
    .where('id', '>', parameter('after') as UploadId) // any text may be a lower bound
    .orderBy('id')
    .limit(parameter('limit')),
);

const idleRemoved = query((db, parameter: Parameter<{ id: UploadId; before: number }>) =>
  db
    .deleteFrom('uploads')
    .where('id', '=', parameter('id'))
    .where(({ fn }) => fn.coalesce('noted_at', 'created_at'), '<', parameter('before'))
    .returning('id'),
);

const openOf = query((db, parameter: Parameter<{ ids: readonly UploadId[] }>) =>
  db.selectFrom('uploads').select('id').where('id', 'in', parameter('ids')),
);

export async function findUpload(db: Queryable, id: UploadId): Promise<FoundUpload | undefined> {
  const row = await db.first(byId, { id });
  return row === undefined ? undefined : { ...row, note: row.note ?? undefined };
}

/** Those of some hundred sessions that are open. */
export async function findOpenUploads(db: Queryable, ids: readonly UploadId[]): Promise<ReadonlySet<UploadId>> {
  if (ids.length === 0) return new Set();
  const rows = await db.all(openOf, { ids });
  return new Set(rows.map(({ id }) => id));
}

export async function insertUpload(tx: Transaction, upload: UploadRow, now: Date): Promise<void> {
  await tx.all(inserted, { ...upload, now: now.getTime() });
}

/** @returns whether there was one. */
export async function deleteUpload(tx: Transaction, id: UploadId): Promise<boolean> {
  return (await tx.first(removed, { id })) !== undefined;
}

/** What the store wrote of a session last, and how often it wrote; `undefined`: no such session. */
export function findUploadNote(
  db: Queryable,
  id: UploadId,
): Promise<{ readonly note: string | null; readonly version: number } | undefined> {
  return db.first(noteOf, { id });
}

/** @returns the version of the note; `undefined` when there was another one since `seen`, or the session is over. */
export async function saveUploadNote(
  tx: Transaction,
  { id, note, seen }: { readonly id: UploadId; readonly note: string; readonly seen: number },
  now: Date,
): Promise<number | undefined> {
  return (await tx.first(noted, { id, note, seen, now: now.getTime() }))?.version;
}

/** Somebody is at work on the session, if there is one: as good as a note, for who looks for idle ones. */
export async function touchUpload(tx: Transaction, id: UploadId, now: Date): Promise<void> {
  await tx.all(touched, { id, now: now.getTime() });
}

export async function countUploadsOf(db: Queryable, principalId: string): Promise<number> {
  return (await db.first(countOf, { principalId }))?.count ?? 0;
}

export async function countUploads(db: Queryable): Promise<number> {
  return (await db.first(count, {}))?.count ?? 0;
}

/** Sessions opened before `before`, by id, strictly after `after`. */
export async function listUploadsOpenedBefore(
  db: Queryable,
  before: Date,
  after: string,
  limit: number,
): Promise<readonly UploadId[]> {
  return (await db.all(opened, { before: before.getTime(), after, limit })).map(({ id }) => id);
}

/** Sessions of which nothing was noted since `before`, by id, strictly after `after`. */
export async function listIdleUploads(
  db: Queryable,
  before: Date,
  after: string,
  limit: number,
): Promise<readonly UploadId[]> {
  return (await db.all(idle, { before: before.getTime(), after, limit })).map(({ id }) => id);
}

/** Ends a session of which nothing was noted since `before`. @returns whether it was one. */
export async function deleteIdleUpload(tx: Transaction, id: UploadId, before: Date): Promise<boolean> {
  return (await tx.first(idleRemoved, { id, before: before.getTime() })) !== undefined;
}
