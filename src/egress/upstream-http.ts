import type { EgressAnswer } from './egress.ts';

/** A request to an upstream that is paid for from its budget. */
export interface UpstreamRequest {
  readonly method: string;
  readonly url: string;
  /** `Authorization` and the like are sent to the host of `url` alone, also when that redirects. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The most of the answer's body that is read. Default 8 MiB; more is an error, not cut. */
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
  /** Redirects are followed, by hand, and each hop is checked. Default `true`. */
  readonly follows?: boolean;
  /** How often it is tried while it fails for a reason that passes. Default 3 for GET and HEAD, else 1. */
  readonly attempts?: number;
  /** An answer of another upstream named it: no certificate of ours is shown, as after a redirect. Default `false`. */
  readonly isElsewhere?: boolean;
  /** Our own networks are not called, not even where the operator lets us: somebody outside named it. Default `false`. */
  readonly isPublicOnly?: boolean;
  /** What it costs, in the budget's own units: a pull of a manifest counts at Docker Hub, looking does not. Default 1. */
  readonly cost?: number;
}

/** `background`: nobody waits for it. It leaves a part of every budget to people, and waits longer itself. */
export type Priority = 'interactive' | 'background';

/** `url` is where it came from in the end. */
export interface UpstreamAnswer extends EgressAnswer {
  readonly url: string;
  /** Whether it came from the public network: it may then send us nowhere else. */
  readonly isPublic?: boolean;
}

/** Calls other registries for one connection: by the egress guard, its certificates, its budget, its circuit breaker. */
export interface UpstreamHttp {
  /**
   * @throws {EgressDeniedError} it may not be called.
   * @throws {EgressFailedError} it cannot be reached, or does not answer in time.
   * @throws {UpstreamPausedError} its budget is spent, it asked for a pause, or it failed too often just now.
   */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
}

/** Which upstream, and for whom. */
export interface UpstreamFacts {
  /** Its host, and for whom it is asked, in words: no two have the same. */
  readonly upstream: string;
  /** Host of the registry that somebody connected. */
  readonly registry: string;
  /** `undefined`: the upstream counts what this machine asks. */
  readonly account: string | undefined;
  /** Whether the registry sends us there: by a redirect, or by its choice of a token service. */
  readonly isElsewhere: boolean;
}

/** What is left of what an upstream lets us ask, as it says itself. */
export interface BudgetGauge extends UpstreamFacts {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetsAt: Date | undefined;
  /** Nothing is asked before. */
  readonly pausedUntil: Date | undefined;
  /** `open`: it failed again and again, and is left alone for a while. */
  readonly breaker: 'closed' | 'half-open' | 'open';
}
