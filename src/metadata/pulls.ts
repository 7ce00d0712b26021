import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** Who pulled a manifest last, and how often it was pulled since it was counted. */
export interface LastPull {
  readonly pulledAt: Date;
  readonly principalId: string;
  readonly principalName: string;
  readonly count: number;
}

export interface PullsOfManifest extends LastPull {
  readonly repositoryId: number;
  readonly digest: Digest;
}

/** Rows in one statement: engines bound the number of parameters. */
const ROWS_PER_STATEMENT = 1000;

const ofManifest = query((db, parameter: Parameter<{ repositoryId: number; digest: Digest }>) =>
  db
    .selectFrom('pulls')
    .select(['pulled_at as pulledAt', 'principal_id as principalId', 'principal_name as principalName', 'count'])
    .where('repository_id', '=', parameter('repositoryId'))
    .where('digest', '=', parameter('digest')),
);

const idsOf = query((db, parameter: Parameter<{ names: readonly RepositoryName[] }>) =>
  db.selectFrom('repositories').select(['id', 'name']).where('name', 'in', parameter('names')),
);

/** The repositories of these names that there are. */
export async function findRepositoryIds(
  db: Queryable,
  names: readonly RepositoryName[],
): Promise<ReadonlyMap<RepositoryName, number>> {
  if (names.length === 0) return new Map();
  const rows = await db.all(idsOf, { names });
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/** Adds pulls to those that were counted before, each manifest once. Of two nodes, the later pull is the last one. */
export async function addPulls(tx: Transaction, pulls: readonly PullsOfManifest[]): Promise<void> {
  // In one order: two nodes that write at once must not wait for each other in a circle.
  const inOrder = pulls.toSorted((one, other) =>
    one.repositoryId === other.repositoryId
      ? Number(one.digest > other.digest) - Number(one.digest < other.digest)
      : one.repositoryId - other.repositoryId,
  );
  for (let start = 0; start < inOrder.length; start += ROWS_PER_STATEMENT) {
    const values = inOrder.slice(start, start + ROWS_PER_STATEMENT).map((pull) => ({
      repository_id: pull.repositoryId,
      digest: pull.digest,
      pulled_at: pull.pulledAt.getTime(),
      principal_id: pull.principalId,
      principal_name: pull.principalName,
      count: pull.count,
    }));
    await tx.build((kysely) =>
      kysely
        .insertInto('pulls')
        .values(values)
        .onConflict((conflict) =>
          conflict.columns(['repository_id', 'digest']).doUpdateSet(({ eb, ref }) => {
            const ifNewer = eb.case().when('excluded.pulled_at', '>=', ref('pulls.pulled_at'));
            return {
              count: eb('pulls.count', '+', ref('excluded.count')),
              pulled_at: ifNewer.then(ref('excluded.pulled_at')).else(ref('pulls.pulled_at')).end(),
              principal_id: ifNewer.then(ref('excluded.principal_id')).else(ref('pulls.principal_id')).end(),
              principal_name: ifNewer.then(ref('excluded.principal_name')).else(ref('pulls.principal_name')).end(),
            };
          }),
        ),
    );
  }
}

/** `undefined`: it was not pulled since pulls are counted. */
export async function findLastPull(db: Queryable, repositoryId: number, digest: Digest): Promise<LastPull | undefined> {
  const row = await db.first(ofManifest, { repositoryId, digest });
  return row === undefined ? undefined : { ...row, pulledAt: new Date(row.pulledAt) };
}
