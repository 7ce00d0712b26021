import type { BudgetGauge } from '../../egress/upstream-http.ts';
import { parseRegistryUrl } from '../../providers/registry-url.ts';
import type { Connection } from '../connection.ts';

/** Hosts that a kind asks besides that of its URL. */
const OTHER_HOSTS: Readonly<Partial<Record<Connection['kind'], readonly string[]>>> = {
  'docker-hub': ['registry-1.docker.io', 'hub.docker.com'],
  ghcr: ['api.github.com'],
};

/** What a connection has left at its registry. Of several hosts of it, the one that has least. */
export function gaugeOf(
  { url, kind, hasSecret, username, form }: Connection,
  gauges: readonly BudgetGauge[],
): BudgetGauge | undefined {
  const hosts = [parseRegistryUrl(url).host, ...(OTHER_HOSTS[kind] ?? [])];
  const name = username === '' ? form : username;
  // Behind the name, it may be said more of the account.
  const begins = (host: string): readonly string[] =>
    hasSecret ? [`${host} (${name})`, `${host} (${name}, `] : [host];
  const isOf = (upstream: string, host: string): boolean =>
    begins(host).some((text) => upstream === text || (text.endsWith(', ') && upstream.startsWith(text)));
  const ours = gauges.filter(({ upstream }) => hosts.some((host) => isOf(upstream, host)));
  return ours.toSorted((a, b) => share(a) - share(b))[0];
}

/** What is left, of one. */
function share({ limit, remaining, pausedUntil }: BudgetGauge): number {
  if (pausedUntil !== undefined) return -1;
  return remaining === undefined ? 2 : remaining / Math.max(1, limit ?? remaining);
}
