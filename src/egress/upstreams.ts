import { Egress, type EgressOptions } from './egress.ts';
import { UpstreamClient } from './upstream-client.ts';
import type { BudgetGauge, UpstreamHttp } from './upstream-http.ts';

export interface UpstreamsOptions {
  /** The setting `egress.allow`. Tests call fakes with `['127.0.0.0/8']`. */
  readonly allow: readonly string[];
  readonly userAgent: string;
  /** PEM: authorities to believe besides the usual ones, whoever is called. */
  readonly authorities?: string;
  readonly resolve?: EgressOptions['resolve'];
  /** For one exchange, from the first look at the name to the last byte. Default 30. */
  readonly totalSeconds?: number;
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
  /** `background` leaves a part of each budget to people, and waits longer. Default `interactive`. */
  readonly priority?: Priority;
}

export type Priority = 'interactive' | 'background';

/** All that this process asks of other registries, whoever asks: one budget and one circuit breaker for each. */
export class Upstreams {
  readonly #options: UpstreamsOptions;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  open(options: OpenOptions): UpstreamHttp {
    const { allow, userAgent, resolve, totalSeconds = 30 } = this.#options;
    const { purpose, clientCertificate, clientKey } = options;
    const authorities = [this.#options.authorities, options.authorities].filter((pem) => pem !== undefined);
    const egress = new Egress({
      purpose,
      allow,
      userAgent,
      authorities,
      totalSeconds,
      ...(clientCertificate !== undefined && { clientCertificate }),
      ...(clientKey !== undefined && { clientKey }),
      ...(resolve !== undefined && { resolve }),
    });
    return new UpstreamClient(egress);
  }

  gauges(): readonly BudgetGauge[] {
    return [];
  }
}
