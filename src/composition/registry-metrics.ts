import { listConnections } from '../metadata/connections.ts';
import { stateAt } from '../connections/state.ts';
import { storedOf, type StoredConnection } from '../connections/stored.ts';
import type { ConnectionState } from '../connections/connection.ts';
import type { Config } from '../config.ts';
import type { Database } from '../metadata/database.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Reading } from '../telemetry/reading.ts';
import type { Content } from './content.ts';
import { seldom } from './seldom.ts';

const STATES: readonly ConnectionState[] = ['valid', 'expiring', 'expired', 'failing', 'unchecked'];
const ROWS_AT_ONCE = 500;
/** A series for each connection, of so many at most: one that watches thousands asks the API. */
const MOST_SERIES = 1000;

/** How other registries are, when their secrets end, and what they let us ask. */
export function registryMetrics(
  metrics: Metrics,
  { registries: settings }: Pick<Config, 'registries'>,
  { db, registries }: Pick<Content, 'db' | 'registries'>,
  now: () => Date,
): void {
  const { connections, checker } = registries;
  const all = seldom(() => everyConnection(db));
  metrics.gauge('havre_registry_connections', 'Connections to other registries, by their state.', async () => {
    const states = (await all()).map((stored) => stateAt(stored, settings.rotateAfterDays, now()));
    return STATES.map((state) => ({ labels: { state }, value: states.filter((one) => one === state).length }));
  });
  metrics.gauge(
    'havre_registry_secret_expires_in_seconds',
    'How long the secret of a connection still works, where that is known; negative: it has ended.',
    async () =>
      ofEach(await all(), ({ row }) => (row.expiresAt === null ? undefined : row.expiresAt - now().getTime())),
  );
  metrics.gauge('havre_registry_secret_age_seconds', 'Since when the secret of a connection is in use.', async () =>
    ofEach(await all(), ({ row }) => now().getTime() - row.secretSetAt),
  );
  metrics.counter('havre_registry_checks_total', 'Checks of connections in the background, by their outcome.', () =>
    [...checker.counts].map(([outcome, value]) => ({ labels: { outcome }, value })),
  );
  metrics.counter('havre_registry_rotations_total', 'Secrets that registries were to make, by what came of it.', () =>
    Object.entries(connections.works.rotation.counts).map(([outcome, value]) => ({ labels: { outcome }, value })),
  );
  metrics.gauge(
    'havre_upstream_budget_remaining',
    'How much another registry still lets us ask, where it says so.',
    () => connections.gauges().flatMap(({ upstream, remaining: value }) => readingOf(upstream, value)),
  );
  metrics.gauge('havre_upstream_budget_limit', 'How much it lets us ask in all, where it says so.', () =>
    connections.gauges().flatMap(({ upstream, limit: value }) => readingOf(upstream, value)),
  );
  metrics.gauge('havre_upstream_paused', 'Whether another registry is left alone for a while.', () =>
    connections.gauges().flatMap(({ upstream, pausedUntil, breaker }) => {
      const isPaused = breaker === 'open' || (pausedUntil !== undefined && pausedUntil > now());
      return readingOf(upstream, isPaused ? 1 : 0);
    }),
  );
}

function readingOf(upstream: string, value: number | undefined): readonly Reading[] {
  return value === undefined ? [] : [{ labels: { upstream }, value }];
}

/** @param milliseconds `undefined`: it has no such series. */
function ofEach(
  connections: readonly StoredConnection[],
  milliseconds: (stored: StoredConnection) => number | undefined,
): readonly Reading[] {
  return connections
    .filter(({ row }) => row.secret !== null)
    .slice(0, MOST_SERIES)
    .flatMap((stored) => {
      const { id: registry, name, project } = stored.row;
      const value = milliseconds(stored);
      return value === undefined ? [] : [{ labels: { registry, name, project }, value: value / 1000 }];
    });
}

async function everyConnection(db: Database): Promise<readonly StoredConnection[]> {
  const all: StoredConnection[] = [];
  for (let after = { project: '', name: '' }; ;) {
    const rows = await listConnections(db, after, ROWS_AT_ONCE);
    all.push(...rows.map(storedOf));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return all;
    after = last;
  }
}
