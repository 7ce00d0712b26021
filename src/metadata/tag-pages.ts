import { sql, type RawBuilder } from 'kysely';
import type { Tag } from '../oci/tag.ts';
import { query, type Built, type Parameter, type Query, type Queryable } from './database.ts';

/** By what tags are listed: their names, when they were set, or when what they name was pulled last. */
export type TagOrder = 'name' | 'pushed' | 'pulled';

export type Direction = 'ascending' | 'descending';

/** Where a tag stands in an order. What an order does not go by is 0, or empty. */
export interface TagPosition {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly digest: string;
  readonly name: string;
}

/** The tags of a repository in one order; those that were never pulled have an order of their own, by name. */
export type TagWalk = TagOrder | 'never pulled';

/** Part of a walk: rows are looked at by an index, and of these the wanted ones come back. */
export interface TagStretch {
  readonly repositoryId: number;
  readonly after: TagPosition;
  /** Names that begin so. */
  readonly prefix: string;
  /** Names that have this in them, whatever their case. */
  readonly part: string;
  /** How many are looked at. */
  readonly rows: number;
  /** How many come back. */
  readonly limit: number;
}

/** A row that was looked at; the last one comes back whether or not it is wanted, to go on behind it. */
export interface WalkedTag {
  /** `null`: a manifest without a tag. */
  readonly name: Tag | null;
  readonly at: number;
  /** Only where the order goes by it. */
  readonly digest: string;
  readonly isWanted: number;
  /** The first that was looked at is 1. */
  readonly place: number;
}

interface Values extends Omit<TagStretch, 'after' | 'part'>, TagPosition {
  readonly end: string;
  readonly pattern: string;
  /** Where names begin and end, in any direction: engines walk by one bound on each side. */
  readonly from: string;
  readonly until: string;
}

/** Bounds of all positions in one direction. No character of a tag or a digest comes behind `~`. */
export const BEFORE_FIRST: Readonly<Record<Direction, TagPosition>> = {
  ascending: { at: -1, digest: '', name: '' },
  descending: { at: Number.MAX_SAFE_INTEGER, digest: '~', name: '~' },
};

type Write = (parameter: Parameter<Values>, words: Words) => RawBuilder<unknown>;

/** What differs between the directions. */
interface Words {
  readonly order: RawBuilder<unknown>;
  readonly behind: RawBuilder<unknown>;
  readonly behindOrAt: RawBuilder<unknown>;
}

const WORDS: Readonly<Record<Direction, Words>> = {
  ascending: { order: sql`asc`, behind: sql`>`, behindOrAt: sql`>=` },
  descending: { order: sql`desc`, behind: sql`<`, behindOrAt: sql`<=` },
};

function isNamed(parameter: Parameter<Values>): RawBuilder<unknown> {
  return sql`tags.name >= ${parameter('prefix')} and tags.name < ${parameter('end')}
    and lower(tags.name) like ${parameter('pattern')} escape '\\'`;
}

/** By name, of those that `besides` has as well. Each row that is looked at has a number, by which the last one is known. */
function byName(besides: (parameter: Parameter<Values>) => RawBuilder<unknown>): Write {
  return (parameter, { order }) => sql`
    select name, at, digest, place, is_wanted as "isWanted" from (
      select name, 0 as at, '' as digest, place,
        case when ${isNamed(parameter)} and ${besides(parameter)} then 1 else 0 end as is_wanted
      from (
        select name, digest, row_number() over (order by name ${order}) as place from tags
        where repository_id = ${parameter('repositoryId')}
          and name >= ${parameter('from')} and name < ${parameter('until')}
        order by name ${order} limit ${parameter('rows')}
      ) as tags
    ) as looked where is_wanted = 1 or place = ${parameter('rows')}
    order by name ${order} limit ${parameter('limit')}`;
}

const WRITTEN: Readonly<Record<TagWalk, Write>> = {
  name: byName(() => sql`1 = 1`),
  'never pulled': byName(
    (parameter) => sql`not exists (
      select 1 from pulls where pulls.repository_id = ${parameter('repositoryId')} and pulls.digest = tags.digest
    )`,
  ),
  pushed: (parameter, { order, behind }) => sql`
    select name, at, digest, place, is_wanted as "isWanted" from (
      select name, at, '' as digest, place, case when ${isNamed(parameter)} then 1 else 0 end as is_wanted
      from (
        select name, updated_at as at, row_number() over (order by updated_at ${order}, name ${order}) as place
        from tags
        where repository_id = ${parameter('repositoryId')}
          and (updated_at, name) ${behind} (${parameter('at')}, ${parameter('name')})
        order by updated_at ${order}, name ${order} limit ${parameter('rows')}
      ) as tags
    ) as looked where is_wanted = 1 or place = ${parameter('rows')}
    order by at ${order}, name ${order} limit ${parameter('limit')}`,
  pulled: (parameter, { order, behind, behindOrAt }) => sql`
    select name, at, digest, place, is_wanted as "isWanted" from (
      select tags.name, looked.at, looked.digest, looked.place,
        case when ${isNamed(parameter)} then 1 else 0 end as is_wanted
      from (
        select pulled_at as at, digest, row_number() over (order by pulled_at ${order}, digest ${order}) as place
        from pulls
        where repository_id = ${parameter('repositoryId')}
          and (pulled_at, digest) ${behindOrAt} (${parameter('at')}, ${parameter('digest')})
        order by pulled_at ${order}, digest ${order} limit ${parameter('rows')}
      ) as looked
      left join tags on tags.repository_id = ${parameter('repositoryId')} and tags.digest = looked.digest
        and (looked.at <> ${parameter('at')} or looked.digest <> ${parameter('digest')}
          or tags.name ${behind} ${parameter('name')})
    ) as found where is_wanted = 1 or place = ${parameter('rows')}
    order by at ${order}, digest ${order}, name ${order} limit ${parameter('limit')}`,
};

function written(write: Write, direction: Direction): Query<Values, WalkedTag> {
  return query((db, parameter: Parameter<Values>) => {
    const statement = write(parameter, WORDS[direction]);
    return { compile: () => statement.compile(db) } as Built<WalkedTag>; // as its columns are
  });
}

function inBothDirections(write: Write): Readonly<Record<Direction, Query<Values, WalkedTag>>> {
  return { ascending: written(write, 'ascending'), descending: written(write, 'descending') };
}

const QUERIES: Readonly<Record<TagWalk, ReturnType<typeof inBothDirections>>> = {
  name: inBothDirections(WRITTEN.name),
  pushed: inBothDirections(WRITTEN.pushed),
  pulled: inBothDirections(WRITTEN.pulled),
  'never pulled': inBothDirections(WRITTEN['never pulled']),
};

/** Strictly behind a position, in one direction. Fewer than `limit`, and none at place `rows`: the walk is at its end. */
export function walkTags(
  db: Queryable,
  walk: TagWalk,
  direction: Direction,
  { after, prefix, part, ...stretch }: TagStretch,
): Promise<readonly WalkedTag[]> {
  const end = `${prefix}~`;
  const isAscending = direction === 'ascending';
  // No character of a tag comes before a space: this is the first text behind the name.
  const behind = `${after.name} `;
  const from = isAscending && behind > prefix ? behind : prefix;
  const until = isAscending || end < after.name ? end : after.name;
  const pattern = `%${part.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return db.all(QUERIES[walk][direction], { ...stretch, ...after, prefix, end, pattern, from, until });
}
