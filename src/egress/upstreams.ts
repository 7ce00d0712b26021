import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { Egress, type EgressOptions } from './egress.ts';
import { Upstream } from './upstream.ts';
import { UpstreamClient } from './upstream-client.ts';
import type { BudgetGauge, Priority, UpstreamHttp } from './upstream-http.ts';

export interface UpstreamsOptions {
  /** The setting `egress.allow`. Tests call fakes with `['127.0.0.0/8']`. */
  readonly allow: readonly string[];
  readonly userAgent: string;
  /** PEM: authorities to believe besides the usual ones, whoever is called. */
  readonly authorities?: string;
  readonly resolve?: EgressOptions['resolve'];
  /** For one exchange, from the first look at the name to the last byte. Default 30. */
  readonly totalSeconds?: number;
  /** Default: this machine's. */
  readonly clock?: Clock;
}

export interface OpenOptions {
  /** For what: `registries`. The setting `egress.allow` may let something through for it alone. */
  readonly purpose: string;
  /** PEM: authorities to believe besides. */
  readonly authorities?: string;
  /** PEM: who we are to servers that want a certificate, and its key. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Whose requests the upstream counts: those of one account share a budget. Absent: those of this machine. */
  readonly account?: string;
  /** Default `interactive`. */
  readonly priority?: Priority;
  /** Asks also what failed again and again, one request at a time: somebody wants to know whether it still does. */
  readonly isInsistent?: boolean;
  /** How long a request waits for its turn and between attempts. Default 10, in the background 120. */
  readonly waitSeconds?: number;
}

/** Facts about more upstreams than this are forgotten, the longest unused ones first. */
const MOST_UPSTREAMS = 1000;
const DEFAULT_WAIT_SECONDS: Readonly<Record<Priority, number>> = { interactive: 10, background: 120 };

/** All that this process asks of other registries, whoever asks: one budget and one circuit breaker for each. */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #clock: Clock;
  /** By host, and account where there is one; the longest unused first. */
  readonly #upstreams = new Map<string, Upstream>();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** A way out. Cheap: what is shared is kept here, not there. */
  open(options: OpenOptions): UpstreamHttp {
    const { account, priority = 'interactive', isInsistent = false } = options;
    return new UpstreamClient({
      egress: this.#egressOf(options),
      clock: this.#clock,
      upstreamOf: (host, isElsewhere) => this.#upstreamOf(host, isElsewhere ? undefined : account),
      priority,
      isInsistent,
      waitSeconds: options.waitSeconds ?? DEFAULT_WAIT_SECONDS[priority],
    });
  }

  gauges(): readonly BudgetGauge[] {
    return [...this.#upstreams.values()]
      .map(({ gauge }) => gauge)
      .sort((a, b) => (a.upstream < b.upstream ? -1 : a.upstream > b.upstream ? 1 : 0));
  }

  #egressOf({ purpose, authorities, clientCertificate, clientKey }: OpenOptions): Egress {
    const { allow, userAgent, resolve, totalSeconds = 30 } = this.#options;
    return new Egress({
      purpose,
      allow,
      userAgent,
      authorities: [this.#options.authorities, authorities].filter((pem) => pem !== undefined),
      totalSeconds,
      keepsConnections: true,
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(clientKey !== undefined && { clientKey }),
      ...(resolve !== undefined && { resolve }),
    });
  }

  #upstreamOf(host: string, account: string | undefined): Upstream {
    const name = account === undefined ? host : `${host} (${account})`;
    const upstream = this.#upstreams.get(name) ?? new Upstream(name, this.#clock);
    this.#upstreams.delete(name);
    this.#upstreams.set(name, upstream);
    if (this.#upstreams.size > MOST_UPSTREAMS) this.#forgetOne(name);
    return upstream;
  }

  #forgetOne(except: string): void {
    for (const [name, upstream] of this.#upstreams) {
      if (name === except || !upstream.isIdle) continue;
      this.#upstreams.delete(name);
      return;
    }
  }
}
