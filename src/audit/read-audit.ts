import { listSealed, type SealedRow } from '../metadata/audit-rows.ts';
import { findSequenceBefore, searchAudit, type AuditPlace, type FoundAuditRow } from '../metadata/audit-search.ts';
import type { Queryable } from '../metadata/database.ts';
import { isWanted, type AuditFilter } from './audit-filter.ts';

const ROWS_PER_STRETCH = 1000;
/** What one page may look at, however few it finds: millions of rows must not make anybody wait. */
const MOST_LOOKED_AT = 20_000;

export interface AuditPage {
  readonly rows: readonly FoundAuditRow[];
  /** Where the next page begins; `undefined` at the end. There may be a next page although this one is not full. */
  readonly next: AuditPlace | undefined;
}

/** The newest rows that are wanted, older than `before`. Looks at a bounded number of rows. */
export async function readAuditPage(
  db: Queryable,
  filter: AuditFilter,
  { limit, before }: { readonly limit: number; readonly before: AuditPlace | undefined },
): Promise<AuditPage> {
  const since = filter.since?.getTime();
  const until = filter.until?.getTime();
  const found: FoundAuditRow[] = [];
  let place = before;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += ROWS_PER_STRETCH) {
    const search = { since, until, repository: filter.repository, before: place, rows: ROWS_PER_STRETCH };
    const rows = await searchAudit(db, search);
    for (const row of rows) {
      if (!isWanted(filter, row)) continue;
      if (found.length === limit) return { rows: found, next: placeOf(found.at(-1)) };
      found.push(row);
    }
    place = placeOf(rows.at(-1));
    if (rows.length < ROWS_PER_STRETCH) return { rows: found, next: undefined };
  }
  return { rows: found, next: place };
}

/** Sealed rows that are wanted, in the order of the chain, a stretch at a time. */
export async function* readChain(
  db: Queryable,
  filter: AuditFilter,
  signal?: AbortSignal,
): AsyncGenerator<readonly SealedRow[], void> {
  let after = filter.since === undefined ? 0 : await findSequenceBefore(db, filter.since.getTime());
  while (after !== undefined && signal?.aborted !== true) {
    const rows = await listSealed(db, after, ROWS_PER_STRETCH);
    yield rows.filter((row) => isWanted(filter, row));
    after = rows.length < ROWS_PER_STRETCH ? undefined : rows.at(-1)?.sequence;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

function placeOf(row: FoundAuditRow | undefined): AuditPlace | undefined {
  return row === undefined ? undefined : { at: row.at, id: row.id };
}
