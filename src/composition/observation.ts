import type { Config } from '../config.ts';
import type { Exchange } from '../distribution/dispatch.ts';
import type { Connection } from '../http/connection.ts';
import { countBlobs } from '../metadata/blobs.ts';
import { countUploads } from '../metadata/uploads.ts';
import { createAccessLog } from '../telemetry/access-log.ts';
import type { Logger } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import type { Content } from './content.ts';
import { collectionMetrics } from './collection-metrics.ts';
import { databaseMetrics } from './database-metrics.ts';
import { quotaMetrics } from './quota-metrics.ts';
import { eventMetrics } from './event-metrics.ts';
import { freeBytes } from './free-bytes.ts';
import { registryMetrics } from './registry-metrics.ts';
import { seldom } from './seldom.ts';
import { VERSION } from './version.ts';

/** One request, answered. */
export interface Answered {
  readonly request: Request;
  readonly connection: Connection;
  readonly response: Response;
  readonly exchange: Exchange;
  readonly milliseconds: number;
}

export interface Observation {
  readonly metrics: Metrics;
  /** A line in the log, and a step in the metrics. */
  observe(answered: Answered): void;
}

export function createObservation(config: Config, content: Content, log: Logger): Observation {
  const metrics = createMetrics({
    version: VERSION,
    onError: (series, error) => log.warn({ series, err: error }, 'a metric could not be read'),
  });
  contentMetrics(metrics, content, config.data);
  databaseMetrics(metrics, content.db);
  quotaMetrics(metrics, content.db);
  eventMetrics(metrics, content, () => new Date());
  registryMetrics(metrics, config, content, () => new Date());
  const writeAccessLine = createAccessLog(log);
  return {
    metrics,
    observe: ({ request, connection, response, exchange, milliseconds }) => {
      const { status } = response;
      const bytesIn = connection.receivedBytes ?? announcedBytes(request);
      const bytesOut = exchange.bytesOut ?? 0;
      const { endpoint } = exchange;
      if (config.metrics.enabled)
        metrics.observe({ endpoint, status, seconds: milliseconds / 1000, bytesIn, bytesOut });
      // The values of a line cost more than the line.
      if (!log.isEnabled(status >= 500 ? 'error' : 'info')) return;
      writeAccessLine({
        requestId: connection.requestId,
        method: request.method,
        endpoint,
        repository: exchange.repository,
        status,
        bytesIn,
        bytesOut,
        milliseconds,
        source: connection.source,
        principal: exchange.identity?.principal.name,
        userAgent: request.headers.get('user-agent'),
        failure: exchange.failure,
      });
    },
  };
}

/** Of bodies that nobody counted: small ones, and those that were refused unread. */
function announcedBytes(request: Request): number {
  if (request.method === 'GET' || request.method === 'HEAD') return 0;
  return Number(request.headers.get('content-length') ?? 0);
}

function contentMetrics(
  metrics: Metrics,
  { db, manifests, store, scrub, collector, trash }: Content,
  folder: string,
): void {
  metrics.gauge('havre_uploads_open', 'Upload sessions that are open.', () => countUploads(db));
  const counted = seldom(() => countBlobs(db));
  metrics.gauge('havre_blobs', 'Blobs stored, each counted once.', async () => (await counted()).count);
  metrics.gauge('havre_blobs_bytes', 'Size of the blobs, each counted once.', async () => (await counted()).bytes);
  metrics.gauge(
    'havre_storage_bytes',
    'What the store holds, copies and what waits to be swept included.',
    async () => (await store.usage()).bytes,
  );
  metrics.gauge(
    'havre_storage_free_bytes',
    'What can still be written on the disk of the data folder.',
    async () => (await freeBytes(folder)) ?? [],
  );
  scrubMetrics(metrics, scrub);
  collectionMetrics(metrics, { collector, trash, db });
  metrics.counter('havre_manifest_cache_hits_total', 'Manifests served from memory.', () => manifests.cacheHits);
  metrics.counter(
    'havre_manifest_cache_misses_total',
    'Manifests read from the database.',
    () => manifests.cacheMisses,
  );
}

function scrubMetrics(metrics: Metrics, scrub: Content['scrub']): void {
  metrics.counter('havre_scrub_checked_bytes_total', 'Read and compared with their digests.', () => scrub.checkedBytes);
  metrics.counter('havre_scrub_checked_blobs_total', 'Blobs read in the background.', () => scrub.checkedBlobs);
  const figures = onceAtATime(() => scrub.figures());
  metrics.gauge(
    'havre_scrub_corrupt',
    'Blobs and manifests whose bytes are not what their digest says, as far as is known.',
    async () => (await figures()).corrupt,
  );
  metrics.gauge(
    'havre_scrub_missing',
    'Blobs and manifests whose bytes are gone, as far as is known.',
    async () => (await figures()).missing,
  );
  metrics.gauge(
    'havre_scrub_last_completed_timestamp_seconds',
    'When everything stored was last read to the end.',
    async () => {
      const { completedAt } = await figures();
      return completedAt === undefined ? [] : completedAt.getTime() / 1000;
    },
  );
}

/** Who asks while the work is under way gets its outcome: several series come from one reading. */
function onceAtATime<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let underway: Promise<Result> | undefined;
  return () => {
    underway ??= work().finally(() => {
      underway = undefined;
    });
    return underway;
  };
}
