import { sql } from 'kysely';
import { query, type Database, type Parameter, type Queryable, type Transaction } from './database.ts';
import { quotaListLock } from './locks.ts';
import { NO_USAGE, SUMS, type Usage } from './usage.ts';

/** A repository, or a quota, of which was counted something else than is there: by how much it was wrong. */
export interface UsageDifference {
  readonly of: 'repository' | 'quota';
  readonly id: number;
  /** What has to be added to be right. */
  readonly missing: Readonly<Record<string, number>>;
}

/** Rows that are read in one turn: some milliseconds. */
const ROWS_PER_TURN = 2000;

interface Turn {
  readonly afterRepository: number;
  readonly after: string;
  readonly limit: number;
}

const linksOf = query((db, parameter: Parameter<Turn>) =>
  db
    .selectFrom('links')
    .leftJoin('blobs', 'blobs.digest', 'links.digest')
    .select([
      'links.repository_id as repositoryId',
      'links.digest as key',
      sql<number>`coalesce(blobs.size, 0)`.as('bytes'),
      sql<number>`(select count(*) from (select 1 from links as holders where holders.digest = links.digest limit 2) as few)`.as(
        'holders',
      ),
    ])
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('links.repository_id', 'links.digest'),
        '>',
        tuple(parameter('afterRepository'), parameter('after') as never),
      ),
    )
    .orderBy('links.repository_id')
    .orderBy('links.digest')
    .limit(parameter('limit')),
);

const manifestsOf = query((db, parameter: Parameter<Turn>) =>
  db
    .selectFrom('manifests')
    .select(['repository_id as repositoryId', 'digest as key', 'size as bytes', sql<number>`0`.as('holders')])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('repository_id', 'digest'), '>', tuple(parameter('afterRepository'), parameter('after') as never)),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(parameter('limit')),
);

const tagsOf = query((db, parameter: Parameter<Turn>) =>
  db
    .selectFrom('tags')
    .select(['repository_id as repositoryId', 'name as key', sql<number>`0`.as('bytes'), sql<number>`0`.as('holders')])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('repository_id', 'name'), '>', tuple(parameter('afterRepository'), parameter('after') as never)),
    )
    .orderBy('repository_id')
    .orderBy('name')
    .limit(parameter('limit')),
);

const kept = query((db, parameter: Parameter<{ after: number; limit: number }>) =>
  db
    .selectFrom('repository_usage')
    .select('repository_id as id')
    .select(SUMS)
    .where('repository_id', '>', parameter('after'))
    .groupBy('repository_id')
    .orderBy('repository_id')
    .limit(parameter('limit')),
);

const members = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('quota_members')
    .innerJoin('repository_usage', 'repository_usage.repository_id', 'quota_members.repository_id')
    .select([
      'quota_members.quota_id as id',
      sql<number>`sum(blob_bytes + manifest_bytes)`.as('bytes'),
      sql<number>`sum(manifests)`.as('manifests'),
      sql<number>`sum(tags)`.as('tags'),
    ])
    .groupBy('quota_members.quota_id'),
);

const counted = query((db, _parameter: Parameter<object>) =>
  db
    .selectFrom('quota_usage')
    .select([
      'quota_id as id',
      sql<number>`sum(bytes)`.as('bytes'),
      sql<number>`sum(manifests)`.as('manifests'),
      sql<number>`sum(tags)`.as('tags'),
    ])
    .groupBy('quota_id'),
);

/** On SQLite there is no other; on PostgreSQL nobody else has it while we exclude all who change usage. */
const REPAIRED_SHARD = 0;

/**
 * Counts everything again and compares it with what the triggers counted: they should never differ, unless somebody
 * switched them off. What differs is put right by adding what is missing, so that pushes may go on meanwhile.
 *
 * Reads all links, manifests and tags as they are at one moment, a few milliseconds at a time.
 *
 * @returns what was wrong.
 */
export async function recountUsage(db: Database, signal?: AbortSignal): Promise<readonly UsageDifference[]> {
  const differences = await db.snapshot((facts) => findDifferences(facts, signal));
  const wrong = differences.filter(({ of }) => of === 'repository');
  if (wrong.length > 0) {
    // Through the triggers of the table on SQLite, and by ourselves on PostgreSQL, its quotas get the same.
    await db.transaction(async (tx) => {
      await tx.lock('exclusive', [quotaListLock()]);
      for (const difference of wrong) await addToRepository(tx, difference);
    });
  }
  const ofQuotas = await recountQuotas(db);
  return [...wrong, ...ofQuotas];
}

async function findDifferences(facts: Queryable, signal: AbortSignal | undefined): Promise<readonly UsageDifference[]> {
  const actual = new Map<number, Record<keyof Usage, number>>();
  const of = (id: number): Record<keyof Usage, number> => {
    const usage = actual.get(id) ?? { ...NO_USAGE };
    actual.set(id, usage);
    return usage;
  };
  for await (const { repositoryId, bytes, holders } of rowsOf(facts, linksOf, signal)) {
    const usage = of(repositoryId);
    usage.blobBytes += bytes;
    usage.blobs += 1;
    if (holders === 1) usage.uniqueBytes += bytes;
  }
  for await (const { repositoryId, bytes } of rowsOf(facts, manifestsOf, signal)) {
    const usage = of(repositoryId);
    usage.manifestBytes += bytes;
    usage.manifests += 1;
  }
  for await (const { repositoryId } of rowsOf(facts, tagsOf, signal)) of(repositoryId).tags += 1;
  return compare(facts, actual);
}

interface CountedRow {
  readonly repositoryId: number;
  readonly key: string;
  readonly bytes: number;
  readonly holders: number;
}

type CountedRows = typeof linksOf | typeof manifestsOf | typeof tagsOf;

async function* rowsOf(
  facts: Queryable,
  question: CountedRows,
  signal: AbortSignal | undefined,
): AsyncGenerator<CountedRow, void> {
  let turn: Turn = { afterRepository: 0, after: '', limit: ROWS_PER_TURN };
  for (;;) {
    signal?.throwIfAborted();
    const rows: readonly CountedRow[] = await facts.all(question, turn);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_TURN) return;
    turn = { ...turn, afterRepository: last.repositoryId, after: last.key };
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

async function compare(facts: Queryable, actual: Map<number, Usage>): Promise<readonly UsageDifference[]> {
  const differences: UsageDifference[] = [];
  const see = (id: number, is: Usage, was: Usage): void => {
    const missing = difference({ ...is }, { ...was });
    if (missing !== undefined) differences.push({ of: 'repository', id, missing });
  };
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    const rows = await facts.all(kept, { after, limit: ROWS_PER_TURN });
    for (const { id, ...was } of rows) {
      see(id, actual.get(id) ?? NO_USAGE, was);
      actual.delete(id);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_TURN) break;
    after = last.id;
  }
  for (const [id, is] of actual) see(id, is, NO_USAGE);
  return differences;
}

type Amounts = Readonly<Record<string, number>>;

function difference(is: Amounts, was: Amounts): Amounts | undefined {
  const missing = Object.entries(is)
    .map(([name, amount]) => [name, amount - (was[name] ?? 0)] as const)
    .filter(([, amount]) => amount !== 0);
  return missing.length === 0 ? undefined : Object.fromEntries(missing);
}

async function addToRepository(tx: Transaction, { id, missing }: UsageDifference): Promise<void> {
  const amount = (name: keyof Usage): number => missing[name] ?? 0;
  const row = {
    repository_id: id,
    shard: REPAIRED_SHARD,
    blob_bytes: amount('blobBytes'),
    unique_bytes: amount('uniqueBytes'),
    blobs: amount('blobs'),
    manifest_bytes: amount('manifestBytes'),
    manifests: amount('manifests'),
    tags: amount('tags'),
  };
  await tx.build((kysely) =>
    kysely
      .insertInto('repository_usage')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'shard']).doUpdateSet(({ ref, eb }) => ({
          blob_bytes: eb(ref('repository_usage.blob_bytes'), '+', ref('excluded.blob_bytes')),
          unique_bytes: eb(ref('repository_usage.unique_bytes'), '+', ref('excluded.unique_bytes')),
          blobs: eb(ref('repository_usage.blobs'), '+', ref('excluded.blobs')),
          manifest_bytes: eb(ref('repository_usage.manifest_bytes'), '+', ref('excluded.manifest_bytes')),
          manifests: eb(ref('repository_usage.manifests'), '+', ref('excluded.manifests')),
          tags: eb(ref('repository_usage.tags'), '+', ref('excluded.tags')),
        })),
      ),
  );
}

/** Quotas are few: all of them at once, while nobody changes usage. */
function recountQuotas(db: Database): Promise<readonly UsageDifference[]> {
  return db.transaction(async (tx) => {
    await tx.lock('exclusive', [quotaListLock()]);
    const actual = new Map((await tx.all(members, {})).map(({ id, ...amounts }) => [id, amounts]));
    const was = new Map((await tx.all(counted, {})).map(({ id, ...amounts }) => [id, amounts]));
    const nothing = { bytes: 0, manifests: 0, tags: 0 };
    const differences: UsageDifference[] = [];
    for (const id of new Set([...actual.keys(), ...was.keys()])) {
      const is = actual.get(id) ?? nothing;
      const missing = difference(is, was.get(id) ?? nothing);
      if (missing === undefined) continue;
      differences.push({ of: 'quota', id, missing });
      await tx.build((kysely) => kysely.deleteFrom('quota_usage').where('quota_id', '=', id));
      await tx.build((kysely) => kysely.insertInto('quota_usage').values({ quota_id: id, shard: 0, ...is }));
    }
    return differences;
  });
}
