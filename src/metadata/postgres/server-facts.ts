import type { PostgresConnection } from './connection.ts';
import { DatabaseRefusedError } from './postgres-errors.ts';

/** What the server says of itself. */
export interface ServerFacts {
  /** Such as `15.14 (Debian 15.14-0+deb12u1)`. */
  readonly version: string;
  /** Such as 150014. */
  readonly versionNumber: number;
  readonly encoding: string;
  /** Whether nobody on the way can read or change what we say. */
  readonly isEncrypted: boolean;
  readonly isReadOnly: boolean;
  /** Connections it takes at most, of all its clients together. */
  readonly maxConnections: number;
  readonly time: Date;
}

const OLDEST_VERSION = 130_000;

const FACTS = `
  select
    current_setting('server_version') as "version",
    current_setting('server_version_num')::int4 as "versionNumber",
    current_setting('server_encoding') as "encoding",
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as "isEncrypted",
    pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly",
    current_setting('max_connections')::int4 as "maxConnections",
    (extract(epoch from clock_timestamp()) * 1000)::int8 as "time"`;

export async function askServer(connection: PostgresConnection): Promise<ServerFacts> {
  const [row] = (await connection.run(FACTS)) as readonly (Omit<ServerFacts, 'time'> & { readonly time: number })[];
  if (row === undefined) throw new Error('PostgreSQL said nothing of itself');
  return { ...row, time: new Date(row.time) };
}

/** Why it cannot keep our facts, as a sentence; `undefined`: it can. */
export function whyUnusable({ version, versionNumber, encoding }: ServerFacts): string | undefined {
  if (versionNumber < OLDEST_VERSION) {
    return `PostgreSQL ${version} is too old: 13 is the oldest that is known to work.`;
  }
  if (encoding !== 'UTF8') {
    return `The database is in ${encoding}. Make another one: createdb --encoding=UTF8 --template=template0`;
  }
  return undefined;
}

/** @throws {DatabaseRefusedError} it cannot keep our facts. */
export function requireUsable(facts: ServerFacts): void {
  const reason = whyUnusable(facts);
  if (reason !== undefined) throw new DatabaseRefusedError(reason);
}
