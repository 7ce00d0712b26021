import type { Digest } from '../oci/digest.ts';
import { query, type Parameter, type Queryable } from './database.ts';
import { sizeOf, type Size } from './sizes.ts';
import { BEFORE_ALL } from './stretch.ts';

/** Rows that are read in one turn: some milliseconds. */
const ROWS_PER_TURN = 5000;

const linksByDigest = query((db, parameter: Parameter<{ after: Digest; afterRepository: number; limit: number }>) =>
  db
    .selectFrom('links')
    .innerJoin('blobs', 'blobs.digest', 'links.digest')
    .select(['links.digest', 'links.repository_id as repositoryId', 'blobs.size'])
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('links.digest', 'links.repository_id'), '>', tuple(parameter('after'), parameter('afterRepository'))),
    )
    .orderBy('links.digest')
    .orderBy('links.repository_id')
    .limit(parameter('limit')),
);

/**
 * How much the blobs of some repositories take together, each counted once: `unique` is what no other repository has, one
 * in the trash included. Reads all links, a few milliseconds at a time: some seconds for a million.
 */
export async function measureBlobsOf(
  db: Queryable,
  isMeant: (repositoryId: number) => boolean,
  signal: AbortSignal,
): Promise<Size> {
  let total = 0;
  let unique = 0;
  let current = { digest: BEFORE_ALL, size: 0, inside: false, outside: false };
  const settle = (): void => {
    if (!current.inside) return;
    total += current.size;
    if (!current.outside) unique += current.size;
  };
  let turn = { after: BEFORE_ALL, afterRepository: 0, limit: ROWS_PER_TURN };
  for (;;) {
    signal.throwIfAborted();
    const rows = await db.all(linksByDigest, turn);
    for (const { digest, repositoryId, size } of rows) {
      if (digest !== current.digest) {
        settle();
        current = { digest, size, inside: false, outside: false };
      }
      if (isMeant(repositoryId)) current.inside = true;
      else current.outside = true;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_TURN) break;
    turn = { ...turn, after: last.digest, afterRepository: last.repositoryId };
    await new Promise((resolve) => void setImmediate(resolve));
  }
  settle();
  return sizeOf(total, unique);
}
