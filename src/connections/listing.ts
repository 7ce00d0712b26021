import { listConnections } from '../metadata/connections.ts';
import type { Queryable } from '../metadata/database.ts';
import type { Connection } from './connection.ts';
import type { ConnectionFilter } from './connections.ts';
import { storedOf, type StoredConnection } from './stored.ts';

const ROWS_AT_ONCE = 200;

export interface Listing {
  readonly filter: ConnectionFilter;
  /** Absent: from the first. */
  readonly after: { readonly project: string; readonly name: string } | undefined;
  readonly limit: number;
  readonly shown: (stored: StoredConnection) => Connection;
}

/** Those that are wanted, by project and name. */
export async function findConnections(
  db: Queryable,
  { filter, after, limit, shown }: Listing,
): Promise<readonly Connection[]> {
  const { project: only } = filter;
  const found: Connection[] = [];
  for (let last = after ?? { project: only ?? '', name: '' }; ;) {
    const rows = await listConnections(db, last, ROWS_AT_ONCE);
    for (const row of rows) {
      if (only !== undefined && row.project !== only) return found;
      if (filter.projects?.(row.project) === false) continue;
      const connection = shown(storedOf(row));
      if (isWanted(connection, filter)) found.push(connection);
      if (found.length >= limit) return found;
    }
    const next = rows.at(-1);
    if (next === undefined || rows.length < ROWS_AT_ONCE) return found;
    last = next;
  }
}

function isWanted(connection: Connection, { kind, state, search }: ConnectionFilter): boolean {
  if (kind !== undefined && connection.kind !== kind) return false;
  if (state !== undefined && connection.health.state !== state) return false;
  if (search === undefined || search === '') return true;
  const text = search.toLowerCase();
  return [connection.name, connection.url, connection.id].some((part) => part.toLowerCase().includes(text));
}
