import type { Database } from '../metadata/database.ts';
import { postgresFiguresOf } from '../metadata/postgres/open.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How the connections to PostgreSQL are used; nothing where the facts are in SQLite. */
export function databaseMetrics(metrics: Metrics, db: Database): void {
  const figures = postgresFiguresOf(db);
  if (figures === undefined) return;
  metrics.gauge('havre_database_connections', 'Connections to PostgreSQL, by what they do.', () => [
    { labels: { state: 'busy' }, value: figures().busy },
    { labels: { state: 'idle' }, value: figures().idle },
  ]);
  metrics.gauge(
    'havre_database_waiting',
    'Requests that wait for a connection to PostgreSQL.',
    () => figures().waiting,
  );
  metrics.counter(
    'havre_database_waits_total',
    'Times that somebody waited for a connection to PostgreSQL.',
    () => figures().waits,
  );
  metrics.counter('havre_database_connections_opened_total', 'Connections made to PostgreSQL.', () => figures().opened);
  metrics.counter(
    'havre_database_connections_lost_total',
    'Connections to PostgreSQL that broke or fell silent.',
    () => figures().lost,
  );
  metrics.counter(
    'havre_database_connections_refused_total',
    'Attempts to connect to PostgreSQL that failed.',
    () => figures().refused,
  );
  metrics.counter(
    'havre_database_slow_statements_total',
    'Statements that took longer than database.slowQueryMilliseconds.',
    () => figures().slowQueries,
  );
}
