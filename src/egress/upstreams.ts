import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { Egress, type EgressOptions } from './egress.ts';
import { IdleConnections } from './kept-connections.ts';
import { KnownUpstreams } from './known-upstreams.ts';
import type { SharedPauses } from './shared-pauses.ts';
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
  /** With other nodes. Absent: there are none. */
  readonly pauses?: SharedPauses;
}

export interface OpenOptions {
  /** For what: `registries`. The setting `egress.allow` may let something through for it alone. */
  readonly purpose: string;
  /** PEM: authorities to believe besides. */
  readonly authorities?: string;
  /** PEM: who we are to servers that want a certificate, and its key. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /**
   * Host of the registry that somebody connected. What any host answers on its behalf is believed for its own requests
   * alone. Absent: each request is for the host that it names.
   */
  readonly registry?: string;
  /** Whose requests the upstream counts: those of one account share a budget. Absent: those of this machine. */
  readonly account?: string;
  /** Default `interactive`. */
  readonly priority?: Priority;
  /** Asks also what failed again and again, one request at a time: somebody wants to know whether it still does. */
  readonly isInsistent?: boolean;
  /** How long a request waits for its turn and between attempts. Default 10, in the background 120. */
  readonly waitSeconds?: number;
}

const DEFAULT_WAIT_SECONDS: Readonly<Record<Priority, number>> = { interactive: 10, background: 120 };

/** All that this process asks of other registries: a budget and a circuit breaker for each, as each account sees it. */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #clock: Clock;
  readonly #known: KnownUpstreams;
  readonly #idle = new IdleConnections();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    const { pauses } = options;
    this.#known = new KnownUpstreams({ clock: this.#clock, ...(pauses !== undefined && { pauses }) });
  }

  /** A way out. Cheap: what is shared is kept here, not there. */
  open(options: OpenOptions): UpstreamHttp {
    const { registry, account, priority = 'interactive', isInsistent = false } = options;
    return new UpstreamClient({
      egress: this.#egressOf(options),
      clock: this.#clock,
      upstreamOf: (named, called) => this.#known.of({ registry: registry ?? named, account }, called),
      priority,
      isInsistent,
      waitSeconds: options.waitSeconds ?? DEFAULT_WAIT_SECONDS[priority],
    });
  }

  gauges(): readonly BudgetGauge[] {
    return this.#known
      .all()
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
      idle: this.#idle,
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(clientKey !== undefined && { clientKey }),
      ...(resolve !== undefined && { resolve }),
    });
  }
}
