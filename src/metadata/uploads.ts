import type { RepositoryName } from '../oci/repository-name.ts';
import type { UploadId } from '../oci/upload-id.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** An upload session: who opened it, and for which repository. */
export interface UploadRow {
  readonly id: UploadId;
  readonly repository: RepositoryName;
  readonly principalId: string;
}

const byId = query((db, parameter: Parameter<{ id: UploadId }>) =>
  db
    .selectFrom('uploads')
    .select(['id', 'repository', 'principal_id as principalId'])
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
  db.deleteFrom('uploads').where('id', '=', parameter('id')),
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

export function findUpload(db: Queryable, id: UploadId): Promise<UploadRow | undefined> {
  return db.first(byId, { id });
}

export async function insertUpload(tx: Transaction, upload: UploadRow, now: Date): Promise<void> {
  await tx.all(inserted, { ...upload, now: now.getTime() });
}

export async function deleteUpload(tx: Transaction, id: UploadId): Promise<void> {
  await tx.all(removed, { id });
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
