import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import type { Actor } from './actor.ts';
import { query, type Parameter, type Queryable, type Transaction } from './database.ts';

/** A tag that was made, moved or deleted; `null` is nothing, before or after. */
export interface TagChange {
  readonly repositoryId: number;
  readonly tag: Tag;
  readonly from: Digest | null;
  readonly to: Digest | null;
}

type Columns = TagChange & {
  readonly now: number;
  readonly principalId: string;
  readonly principalName: string;
  readonly client: string | null;
  readonly cause: string;
};

const recorded = query((db, parameter: Parameter<Columns>) =>
  db.insertInto('tag_moves').values({
    repository_id: parameter('repositoryId'),
    tag: parameter('tag'),
    from_digest: parameter('from'),
    to_digest: parameter('to'),
    moved_at: parameter('now'),
    principal_id: parameter('principalId'),
    principal_name: parameter('principalName'),
    client: parameter('client'),
    cause: parameter('cause'),
  }),
);

/** Remembers a change of a tag; to be called in its transaction, and only when the digest changed. */
export async function recordTagChange(tx: Transaction, change: TagChange, actor: Actor, now: Date): Promise<void> {
  const { principalId, principalName, client, cause } = actor;
  await tx.all(recorded, {
    ...change,
    now: now.getTime(),
    principalId,
    principalName,
    client: client ?? null,
    cause,
  });
}

/** Rows in one statement: engines bound the number of parameters. */
const ROWS_PER_STATEMENT = 500;

/** As {@link recordTagChange}, for many. */
export async function recordTagChanges(
  tx: Transaction,
  changes: readonly TagChange[],
  { principalId, principalName, client, cause }: Actor,
  now: Date,
): Promise<void> {
  for (let start = 0; start < changes.length; start += ROWS_PER_STATEMENT) {
    const values = changes.slice(start, start + ROWS_PER_STATEMENT).map(({ repositoryId, tag, from, to }) => ({
      repository_id: repositoryId,
      tag,
      from_digest: from,
      to_digest: to,
      moved_at: now.getTime(),
      principal_id: principalId,
      principal_name: principalName,
      client: client ?? null,
      cause,
    }));
    await tx.build((kysely) => kysely.insertInto('tag_moves').values(values));
  }
}

/** A change of a tag, as it was recorded. */
export interface TagMove {
  /** Grows with time. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly movedAt: number;
  readonly from: Digest | null;
  readonly to: Digest | null;
  readonly principalId: string;
  readonly principalName: string;
  readonly client: string | null;
  readonly cause: string;
}

const MOVE = [
  'id',
  'moved_at as movedAt',
  'from_digest as from',
  'to_digest as to',
  'principal_id as principalId',
  'principal_name as principalName',
  'client',
  'cause',
] as const;

interface TagKey {
  readonly repositoryId: number;
  readonly tag: Tag;
}

const ofTag = query((db, parameter: Parameter<TagKey & { before: number; limit: number }>) =>
  db
    .selectFrom('tag_moves')
    .select(MOVE)
    .where('repository_id', '=', parameter('repositoryId'))
    .where('tag', '=', parameter('tag'))
    .where('id', '<', parameter('before'))
    .orderBy('id', 'desc')
    .limit(parameter('limit')),
);

const lastUntil = query((db, parameter: Parameter<TagKey & { time: number }>) =>
  db
    .selectFrom('tag_moves')
    .select(MOVE)
    .where('repository_id', '=', parameter('repositoryId'))
    .where('tag', '=', parameter('tag'))
    .where('moved_at', '<=', parameter('time'))
    .orderBy('id', 'desc')
    .limit(1),
);

const firstAfter = query((db, parameter: Parameter<TagKey & { time: number }>) =>
  db
    .selectFrom('tag_moves')
    .select(MOVE)
    .where('repository_id', '=', parameter('repositoryId'))
    .where('tag', '=', parameter('tag'))
    .where('moved_at', '>', parameter('time'))
    .orderBy('id')
    .limit(1),
);

const pruned = query((db, parameter: Parameter<{ time: number; limit: number }>) =>
  db
    .deleteFrom('tag_moves')
    // The oldest have the lowest numbers: an index by time would cost each push more than it is worth here.
    .where('id', 'in', (eb) => eb.selectFrom('tag_moves').select('id').orderBy('id').limit(parameter('limit')))
    .where('moved_at', '<', parameter('time'))
    .returning('id'),
);

/** Newest first, strictly before the move `before`. */
export function listTagMoves(
  db: Queryable,
  tag: TagKey,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly TagMove[]> {
  return db.all(ofTag, { ...tag, before, limit });
}

/** What the tag named at that time, as far back as history goes; `undefined`: nothing is known of it since. */
export async function findNamedAt(db: Queryable, tag: TagKey, time: Date): Promise<Digest | null | undefined> {
  const before = await db.first(lastUntil, { ...tag, time: time.getTime() });
  if (before !== undefined) return before.to;
  return (await db.first(firstAfter, { ...tag, time: time.getTime() }))?.from;
}

/** Forgets moves before `time`, the oldest first. @returns how many, at most `limit`. */
export async function pruneTagMoves(tx: Transaction, time: Date, limit: number): Promise<number> {
  return (await tx.all(pruned, { time: time.getTime(), limit })).length;
}
