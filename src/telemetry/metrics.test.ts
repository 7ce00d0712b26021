import { describe, expect, it } from 'bun:test';
import { createMetrics } from './metrics.ts';

const request = { endpoint: 'end-3', status: 200, seconds: 0.002, bytesIn: 0, bytesOut: 1000 };

describe('/metrics', () => {
  it('counts requests by endpoint and status, and bytes each way', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    metrics.observe(request);
    metrics.observe(request);
    metrics.observe({ ...request, status: 404 });
    metrics.observe({ ...request, endpoint: 'end-5', bytesIn: 70 });
    const lines = (await metrics.render()).split('\n');
    expect(lines).toContain('# TYPE havre_http_requests_total counter');
    expect(lines).toContain('havre_http_requests_total{endpoint="end-3",status="200"} 2');
    expect(lines).toContain('havre_http_requests_total{endpoint="end-3",status="404"} 1');
    expect(lines).toContain('havre_http_received_bytes_total{endpoint="end-5"} 70');
    expect(lines).toContain('havre_http_sent_bytes_total{endpoint="end-3"} 3000');
    expect(lines).toContain(`havre_build_info{version="1.2.3",bun="${Bun.version}"} 1`);
  });

  it('has durations as a cumulative histogram', async () => {
    const metrics = createMetrics({ version: '1' });
    for (const seconds of [0.0005, 0.002, 0.002, 1_000]) metrics.observe({ ...request, seconds });
    const lines = (await metrics.render()).split('\n');
    const name = 'havre_http_request_duration_seconds';
    expect(lines).toContain(`# TYPE ${name} histogram`);
    expect(lines).toContain(`${name}_bucket{endpoint="end-3",le="0.0005"} 1`);
    expect(lines).toContain(`${name}_bucket{endpoint="end-3",le="0.001"} 1`);
    expect(lines).toContain(`${name}_bucket{endpoint="end-3",le="0.0025"} 3`);
    expect(lines).toContain(`${name}_bucket{endpoint="end-3",le="300"} 3`);
    expect(lines).toContain(`${name}_bucket{endpoint="end-3",le="+Inf"} 4`);
    expect(lines).toContain(`${name}_count{endpoint="end-3"} 4`);
    expect(lines).toContain(`${name}_sum{endpoint="end-3"} 1000.0045`);
  });

  it('reads other numbers when it is asked', async () => {
    const metrics = createMetrics({ version: '1' });
    let open = 1;
    metrics.gauge('havre_uploads_open', 'Upload sessions.', () => open);
    metrics.counter('havre_cache_requests_total', 'Look-ups.', async () => [
      { labels: { cache: 'manifest', result: 'hit' }, value: 7 },
    ]);
    open = 2;
    const text = await metrics.render();
    expect(text).toContain('havre_uploads_open 2\n');
    expect(text).toContain('havre_cache_requests_total{cache="manifest",result="hit"} 7\n');
  });

  it('leaves out what cannot be read, says why, and has the rest', async () => {
    const failures: string[] = [];
    const metrics = createMetrics({
      version: '1',
      onError: (series, error) => failures.push(`${series}: ${String(error)}`),
    });
    metrics.gauge('havre_storage_used_bytes', 'Bytes stored.', () => {
      throw new Error('database is locked');
    });
    const text = await metrics.render();
    expect(text).not.toMatch(/^havre_storage_used_bytes/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(failures).toEqual(['havre_storage_used_bytes: Error: database is locked']);
  });

  it('tells of the process and of its event loop', async () => {
    const metrics = createMetrics({ version: '1' });
    let text = '';
    for (let tries = 0; tries < 100 && !text.includes('havre_event_loop_delay_seconds{'); tries += 1) {
      await Bun.sleep(20);
      text = await metrics.render();
    }
    expect(text).toMatch(/^havre_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+$/m);
    for (const name of [
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_open_fds',
      'process_max_fds',
    ])
      expect(text).toMatch(new RegExp(`^${name} [\\d.]+$`, 'm'));
  });

  it('cannot be broken by a label', async () => {
    const metrics = createMetrics({ version: '1' });
    metrics.gauge('havre_x', 'X.', () => [{ labels: { name: 'a"} 9\nforged 1 \\' }, value: 1 }]);
    expect(await metrics.render()).toContain('havre_x{name="a\\"} 9\\nforged 1 \\\\"} 1\n');
  });
});
