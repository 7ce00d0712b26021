import type { Database } from '../metadata/database.ts';
import { listQuotas, type QuotaRow } from '../metadata/quotas.ts';
import { MOST_QUOTAS } from '../registry/quota-book.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** A series for each quota, of which there are {@link MOST_QUOTAS} at most, and only those that limit bytes. */
export function quotaMetrics(metrics: Metrics, db: Database): void {
  const read = async (value: (quota: QuotaRow) => number) =>
    (await listQuotas(db, 0, MOST_QUOTAS))
      .filter(({ limits }) => limits.bytes !== null)
      .map((quota) => ({ labels: { pattern: quota.pattern }, value: value(quota) }));
  metrics.gauge('havre_quota_used_bytes', 'What the repositories of a quota hold.', () =>
    read(({ used }) => used.bytes),
  );
  metrics.gauge('havre_quota_limit_bytes', 'What the repositories of a quota may hold.', () =>
    read(({ limits }) => limits.bytes ?? 0),
  );
}
