import type { Asker } from '../egress/known-upstreams.ts';
import type { BudgetGauge } from '../egress/upstream-http.ts';

/** What an account has left at its registry. Of several hosts of it, the one that has least. */
export function gaugeOf({ registry, account }: Asker, gauges: readonly BudgetGauge[]): BudgetGauge | undefined {
  const ours = gauges.filter((gauge) => gauge.registry === registry && gauge.account === account && !gauge.isElsewhere);
  return ours.toSorted((a, b) => share(a) - share(b))[0];
}

/** What is left, of one. */
function share({ limit, remaining, pausedUntil }: BudgetGauge): number {
  if (pausedUntil !== undefined) return -1;
  return remaining === undefined ? 2 : remaining / Math.max(1, limit ?? remaining);
}
