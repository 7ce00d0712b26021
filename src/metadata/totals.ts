import { countBlobs } from './blobs.ts';
import { query, type Parameter, type Queryable } from './database.ts';

/** How much there is, of each kind. */
export interface Totals {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  readonly uploads: number;
  readonly users: number;
  /** That are not revoked. */
  readonly tokens: number;
  readonly grants: number;
  /** Of blobs, each counted once. */
  readonly blobBytes: number;
}

const counts = query((db, _parameter: Parameter<object>) =>
  db.selectNoFrom(({ selectFrom, fn }) => [
    selectFrom('repositories').select(fn.countAll<number>().as('count')).as('repositories'),
    selectFrom('tags').select(fn.countAll<number>().as('count')).as('tags'),
    selectFrom('manifests').select(fn.countAll<number>().as('count')).as('manifests'),
    selectFrom('uploads').select(fn.countAll<number>().as('count')).as('uploads'),
    selectFrom('users').select(fn.countAll<number>().as('count')).as('users'),
    selectFrom('tokens').select(fn.countAll<number>().as('count')).where('revoked_at', 'is', null).as('tokens'),
    selectFrom('grants').select(fn.countAll<number>().as('count')).as('grants'),
  ]),
);

/** Takes time in proportion to what there is: for an administrator who asks, not for each request. */
export async function countEverything(db: Queryable): Promise<Totals> {
  const [row, { count: blobs, bytes: blobBytes }] = await Promise.all([db.first(counts, {}), countBlobs(db)]);
  const total = (count: number | null | undefined): number => count ?? 0;
  return {
    repositories: total(row?.repositories),
    tags: total(row?.tags),
    manifests: total(row?.manifests),
    uploads: total(row?.uploads),
    users: total(row?.users),
    tokens: total(row?.tokens),
    grants: total(row?.grants),
    blobs,
    blobBytes,
  };
}
