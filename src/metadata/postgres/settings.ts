/** How this node talks to PostgreSQL. */
export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`, with the query parameters of libpq for TLS and sockets. */
  readonly url: string;
  /** Connections at most, besides those of snapshots. */
  readonly poolSize: number;
  readonly connectTimeoutSeconds: number;
  readonly statementTimeoutSeconds: number;
  /** 0: none is slow. */
  readonly slowQueryMilliseconds: number;
}

/** Told what somebody who runs the database would want to know. */
export interface PostgresEvents {
  /** A statement took long. Its text has no values. */
  readonly onSlowQuery: (statement: string, milliseconds: number) => void;
  /** The database is not there yet, or another node changes its schema: we wait. */
  readonly onWait: (reason: string) => void;
}

/** What may be told of a URL: no password. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** On this machine, where nobody else listens to the wire. */
  readonly isLocal: boolean;
}

const DEFAULT_PORT = 5432;

export function targetOf(url: string): PostgresTarget {
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  const host = decodeURIComponent(hostname) || (searchParams.get('host') ?? 'localhost');
  const user = decodeURIComponent(username) || (searchParams.get('user') ?? 'postgres');
  return {
    host,
    port: Number(port || searchParams.get('port') || DEFAULT_PORT),
    database: decodeURIComponent(pathname.slice(1)) || user,
    user,
    isLocal: host.startsWith('/') || host === 'localhost' || host === '::1' || /^\[?::1\]?$|^127\./.test(host),
  };
}
