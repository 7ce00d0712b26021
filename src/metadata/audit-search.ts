import type { RepositoryName } from '../oci/repository-name.ts';
import type { Queryable } from './database.ts';
import { AUDIT_COLUMNS, type AuditRow } from './audit-rows.ts';

/** A place in the order of time. */
export interface AuditPlace {
  readonly at: number;
  readonly id: number;
}

/** A row, sealed or not yet. */
export interface FoundAuditRow extends AuditRow {
  readonly sequence: number | null;
  readonly previousHash: string | null;
  readonly hash: string | null;
}

export interface AuditSearch {
  /** Milliseconds since the epoch; what came before is not looked at. */
  readonly since?: number | undefined;
  /** Milliseconds since the epoch; what came then or later is not looked at. */
  readonly until?: number | undefined;
  readonly repository?: RepositoryName | undefined;
  /** Only what is older than this row. */
  readonly before?: AuditPlace | undefined;
  readonly rows: number;
}

/** Rows from the newest to older ones, by an index whatever is given. */
export function searchAudit(db: Queryable, search: AuditSearch): Promise<readonly FoundAuditRow[]> {
  const { since, until, repository, before, rows } = search;
  return db.build((kysely) => {
    let query = kysely
      .selectFrom('audit')
      .select([...AUDIT_COLUMNS, 'sequence', 'previous_hash as previousHash', 'hash']);
    if (since !== undefined) query = query.where('at', '>=', since);
    if (until !== undefined) query = query.where('at', '<', until);
    if (repository !== undefined) query = query.where('repository', '=', repository);
    if (before !== undefined) {
      query = query
        .where('at', '<=', before.at)
        .where(({ or, eb, and }) =>
          or([eb('at', '<', before.at), and([eb('at', '=', before.at), eb('id', '<', before.id)])]),
        );
    }
    return query.orderBy('at', 'desc').orderBy('id', 'desc').limit(rows);
  });
}

/** Of the first rows of a time, in the order of time: how many are looked at to find where it begins in the chain. */
const NEIGHBOURS = 1000;

/**
 * Where in the chain rows of a time begin: rows of nearly the same time may stand in another order there.
 *
 * @returns a place behind which all of them stand; `undefined`: there are none.
 */
export async function findSequenceBefore(db: Queryable, since: number): Promise<number | undefined> {
  const rows = await db.build((kysely) =>
    kysely
      .selectFrom('audit')
      .select('sequence')
      .where('at', '>=', since)
      .orderBy('at')
      .orderBy('id')
      .limit(NEIGHBOURS),
  );
  const sequences = rows.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
  return sequences.length === 0 ? undefined : Math.min(...sequences) - 1;
}
