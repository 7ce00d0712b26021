import type { Queryable } from '../metadata/database.ts';
import {
  BEFORE_FIRST,
  walkTags,
  type Direction,
  type TagOrder,
  type TagPosition,
  type TagWalk,
  type WalkedTag,
} from '../metadata/tag-pages.ts';
import type { Tag } from '../oci/tag.ts';

export interface TagPageRequest {
  readonly repositoryId: number;
  readonly order: TagOrder;
  readonly direction: Direction;
  /** Where the page begins: `next` of the page before. */
  readonly after: TagPosition | undefined;
  /** Names that begin so: where tags come by name, nothing else is looked at. */
  readonly prefix: string;
  /** Names that have this in them, whatever their case. */
  readonly part: string;
  readonly limit: number;
}

export interface TagPage {
  readonly names: readonly Tag[];
  /** Absent on the last page; one before it may be short. */
  readonly next?: TagPosition;
}

/** How many tags a page looks at to find those that are wanted; whoever looks for few of a million gets short pages. */
const MOST_LOOKED_AT = 100_000;

/** In one query, so that nobody else waits long. */
const MOST_AT_ONCE = 20_000;

const GROWTH = 4;

/** Tags in one order. A page costs the same wherever it is, and more only where most tags are not wanted. */
export async function listTagPage(db: Queryable, request: TagPageRequest): Promise<TagPage> {
  const { repositoryId, direction, prefix, part, limit } = request;
  const found: WalkedTag[] = [];
  let looked = 0;
  let rows = Math.min(limit + 1, MOST_AT_ONCE);
  for (const { walk, begins } of walksOf(request)) {
    let after: TagPosition | undefined = begins;
    while (after !== undefined) {
      if (looked >= MOST_LOOKED_AT) return { names: namesOf(found), next: after };
      const wanted = limit + 1 - found.length;
      const stretch = { repositoryId, after, prefix, part, rows, limit: wanted };
      const seen = await walkTags(db, walk, direction, stretch);
      found.push(...seen.filter(({ isWanted }) => isWanted === 1));
      if (found.length > limit) return cut(found, limit);
      const last = seen.at(-1);
      const isEnd = last === undefined || (seen.length < wanted && last.place < rows);
      after = isEnd ? undefined : positionOf(last, direction);
      looked += rows;
      rows = Math.min(rows * GROWTH, MOST_AT_ONCE);
    }
  }
  return { names: namesOf(found) };
}

/** What was never pulled comes behind all that was, or before it. */
const NEVER_PULLED: Readonly<Record<Direction, TagPosition>> = {
  ascending: { at: 0, digest: '', name: '' },
  descending: { at: 0, digest: '', name: '~' },
};

function walksOf({ order, direction, after }: TagPageRequest): readonly { walk: TagWalk; begins: TagPosition }[] {
  const first = BEFORE_FIRST[direction];
  if (order !== 'pulled') return [{ walk: order, begins: after ?? first }];
  const pulled = { walk: 'pulled', begins: first } as const;
  const never = { walk: 'never pulled', begins: NEVER_PULLED[direction] } as const;
  const walks = direction === 'ascending' ? [never, pulled] : [pulled, never];
  if (after === undefined) return walks;
  const isIn = after.at === 0 && after.digest === '' ? never : pulled;
  return [{ walk: isIn.walk, begins: after }, ...walks.slice(walks.indexOf(isIn) + 1)];
}

/** A manifest without a tag is passed as if all of its tags had been seen. */
function positionOf({ at, digest, name }: WalkedTag, direction: Direction): TagPosition {
  return { at, digest, name: name ?? (direction === 'ascending' ? '~' : '') };
}

function cut(found: readonly WalkedTag[], limit: number): TagPage {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return last === undefined ? { names: [] } : { names: namesOf(shown), next: positionOf(last, 'ascending') };
}

function namesOf(found: readonly WalkedTag[]): readonly Tag[] {
  return found.map(({ name }) => name).filter((name) => name !== null);
}
