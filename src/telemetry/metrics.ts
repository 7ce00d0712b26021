import { type Metric, Registry } from 'prom-client';
import { eventLoopDelay, processReadings } from './process-readings.ts';
import type { Reading, ReadSeries } from './reading.ts';
import { DURATION_BOUNDS, type ObservedRequest, RequestTotals } from './request-totals.ts';

/** What is counted, for Prometheus. Whoever knows a number keeps it as a number; it is turned into text when asked for. */
export interface Metrics {
  /** Called once per request; costs a tenth of a microsecond. */
  observe(request: ObservedRequest): void;
  /** A number that goes up and down. @param name starts with `havre_` and ends in its unit. */
  gauge(name: string, help: string, read: ReadSeries): void;
  /** A number that only grows. @param name starts with `havre_` and ends in `_total`. */
  counter(name: string, help: string, read: ReadSeries): void;
  /** The text of `/metrics`. A series whose source fails is left out, and the others are there. */
  render(): Promise<string>;
  /** For the `Content-Type` of that text. */
  readonly contentType: string;
}

export interface MetricsOptions {
  readonly version: string;
  /** Told why a series could not be read. */
  readonly onError?: (series: string, error: unknown) => void;
}

/** Metrics with what every process has: requests, its own consumption, the delay of its event loop, its version. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const requests = new RequestTotals();
  const register = (type: SeriesType) => (name: string, help: string, read: ReadSeries) =>
    registry.registerMetric(series({ name, help, type, onError: options.onError ?? (() => {}) }, read));
  const gauge = register('gauge');
  const counter = register('counter');

  gauge('havre_build_info', 'The version that runs, as labels. Always 1.', () => [
    { labels: { version: options.version, bun: Bun.version }, value: 1 },
  ]);
  counter('havre_http_requests_total', 'Requests answered.', () =>
    [...requests.byEndpoint].flatMap(([endpoint, { countByStatus }]) =>
      [...countByStatus].map(([status, value]) => ({ labels: { endpoint, status: String(status) }, value })),
    ),
  );
  counter('havre_http_received_bytes_total', 'Bytes of request bodies that were taken.', () =>
    [...requests.byEndpoint].map(([endpoint, { bytesIn }]) => ({ labels: { endpoint }, value: bytesIn })),
  );
  counter('havre_http_sent_bytes_total', 'Bytes of reply bodies.', () =>
    [...requests.byEndpoint].map(([endpoint, { bytesOut }]) => ({ labels: { endpoint }, value: bytesOut })),
  );
  registry.registerMetric(durations(requests));
  gauge(
    'havre_event_loop_delay_seconds',
    'How late the event loop was since the last reading, by quantile.',
    eventLoopDelay(),
  );
  for (const { type, name, help, read } of processReadings()) register(type)(name, help, read);

  return {
    observe: (request) => requests.add(request),
    gauge,
    counter,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type SeriesType = 'counter' | 'gauge' | 'histogram';

interface SeriesHead {
  readonly name: string;
  readonly help: string;
  readonly type: SeriesType;
  readonly onError: (series: string, error: unknown) => void;
}

function series({ name, help, type, onError }: SeriesHead, read: ReadSeries): Metric {
  return renderedBy(name, async () => {
    try {
      const readings = await read();
      const values = typeof readings === 'number' ? [{ labels: {}, value: readings }] : readings;
      return { name, help, type, values };
    } catch (error) {
      onError(name, error);
      return { name, help, type, values: [] };
    }
  });
}

function durations({ byEndpoint }: RequestTotals): Metric {
  const name = 'havre_http_request_duration_seconds';
  return renderedBy(name, async () => ({
    name,
    help: 'Time from the first line of a request to its reply, without the sending of the body.',
    type: 'histogram',
    values: [...byEndpoint].flatMap(([endpoint, { countByBound, seconds }]) => {
      let count = 0;
      const buckets = [...countByBound].map((within, index) => {
        count += within;
        return {
          metricName: `${name}_bucket`,
          labels: { endpoint, le: String(DURATION_BOUNDS[index] ?? '+Inf') },
          value: count,
        };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels: { endpoint }, value: seconds },
        { metricName: `${name}_count`, labels: { endpoint }, value: count },
      ];
    }),
  }));
}

interface Rendered {
  readonly name: string;
  readonly help: string;
  readonly type: SeriesType;
  /** `metricName`: where it is not the name of the series, as in histograms. */
  readonly values: readonly (Reading & { readonly metricName?: string })[];
}

/**
 * prom-client's own counters cost 0.2 microseconds a step and its histograms cannot be filled from sums. Its registry
 * asks a metric for nothing but `get`, which its types, made of its own classes, do not say: hence the cast.
 */
function renderedBy(name: string, get: () => Promise<Rendered>): Metric {
  return { name, get, reset: () => {} } as unknown as Metric;
}
