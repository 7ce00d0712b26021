import { readdir, readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ReadSeries } from './reading.ts';

interface ProcessReading {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: ReadSeries;
}

/**
 * What Prometheus expects of any process, under the names it expects. Made here, because most of what prom-client
 * reads by itself does not exist in Bun and would be zeros.
 */
export function processReadings(): readonly ProcessReading[] {
  const startSeconds = Date.now() / 1_000 - process.uptime();
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time, in seconds.',
      type: 'counter',
      read: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    },
    {
      name: 'process_start_time_seconds',
      help: 'When the process began, since 1970.',
      type: 'gauge',
      read: () => startSeconds,
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Memory in use.',
      type: 'gauge',
      read: () => process.memoryUsage.rss(),
    },
    { name: 'process_open_fds', help: 'Open files and sockets.', type: 'gauge', read: countOpenFiles },
    { name: 'process_max_fds', help: 'The most that may be open.', type: 'gauge', read: readOpenFilesLimit },
  ];
}

/** Starts measuring; every reading begins the next measure. */
export function eventLoopDelay(): ReadSeries {
  // A timer every 50 ms costs a thousandth of a core, and sees any delay that a person could notice.
  const histogram = monitorEventLoopDelay({ resolution: 50 });
  histogram.enable();
  return () => {
    const readings = [
      { labels: { quantile: '0.5' }, value: histogram.percentile(50) / 1e9 },
      { labels: { quantile: '0.99' }, value: histogram.percentile(99) / 1e9 },
      { labels: { quantile: '1' }, value: histogram.max / 1e9 },
    ];
    const isEmpty = histogram.count === 0;
    histogram.reset();
    return isEmpty ? [] : readings;
  };
}

/** Nothing where there is no /proc. */
async function countOpenFiles() {
  const files = await readdir('/proc/self/fd').catch(() => undefined);
  return files?.length ?? [];
}

async function readOpenFilesLimit() {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? [] : Number(limit);
}
