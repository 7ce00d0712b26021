/** Resolves when all is well; what it is rejected with says what is not. */
export type HealthCheck = (signal: AbortSignal) => Promise<void> | void;

/** `startup`: once; `ready`: may requests be sent here? A process that answers at all is live. */
export type HealthStage = 'live' | 'ready' | 'startup';

export interface HealthReport {
  readonly isHealthy: boolean;
  /** By name, in the order they were added. `ok`, or what is wrong in words for the operator. */
  readonly checks: readonly CheckResult[];
}

export interface CheckResult {
  readonly name: string;
  readonly isHealthy: boolean;
  readonly message: string;
}

export interface HealthOptions {
  /** A check that has not answered by then has failed. Default 2, less than any prober waits. */
  readonly timeoutSeconds?: number;
}

/**
 * Whether this process started, may be sent requests, and lives. Starts as not started; `stop` makes it unready for
 * good, so that a load balancer looks elsewhere while running requests end.
 */
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #timeoutSeconds: number;
  #phase: 'starting' | 'serving' | 'stopping' = 'starting';

  constructor(options: HealthOptions = {}) {
    this.#timeoutSeconds = options.timeoutSeconds ?? 2;
  }

  /** Adds a condition of readiness, such as a data folder that takes a file. */
  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  markStarted(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  markStopping(): void {
    this.#phase = 'stopping';
  }

  /**
   * Never rejects. A process that cannot be mended by a restart (its disk is full) is unready and not dead, so `live`
   * asks no check.
   */
  async report(stage: HealthStage): Promise<HealthReport> {
    if (stage === 'live') return { isHealthy: true, checks: [] };
    const phase = this.#phaseResult(stage);
    if (stage === 'startup' || !phase.isHealthy) return { isHealthy: phase.isHealthy, checks: [phase] };

    const results = await this.checkParts();
    return { isHealthy: results.every((result) => result.isHealthy), checks: [phase, ...results] };
  }

  /** Each condition of readiness by itself, whatever the process is at. Never rejects. */
  checkParts(): Promise<readonly CheckResult[]> {
    return Promise.all([...this.#checks].map(([name, check]) => this.#run(name, check)));
  }

  #phaseResult(stage: HealthStage): CheckResult {
    const isHealthy = stage === 'startup' ? this.#phase !== 'starting' : this.#phase === 'serving';
    return { name: 'process', isHealthy, message: isHealthy ? 'ok' : this.#phase };
  }

  async #run(name: string, check: HealthCheck): Promise<CheckResult> {
    const deadline = AbortSignal.timeout(this.#timeoutSeconds * 1_000);
    try {
      await Promise.race([check(deadline), rejectedBy(deadline)]);
      return { name, isHealthy: true, message: 'ok' };
    } catch (error) {
      const late = deadline.aborted && error === deadline.reason;
      const message = late
        ? `no answer in ${this.#timeoutSeconds} s`
        : error instanceof Error
          ? error.message
          : String(error);
      return { name, isHealthy: false, message };
    }
  }
}

/** `200 ok` or `503` and the names of what failed; each check and its words only in the verbose form, as JSON. */
export function healthResponse(report: HealthReport, isVerbose: boolean): Response {
  const status = report.isHealthy ? 200 : 503;
  const headers = { 'Cache-Control': 'no-store' };
  if (isVerbose) {
    const checks = Object.fromEntries(report.checks.map(({ name, message }) => [name, message]));
    return Response.json({ status: report.isHealthy ? 'ok' : 'unavailable', checks }, { status, headers });
  }
  const failed = report.checks.filter((check) => !check.isHealthy).map((check) => check.name);
  const text = report.isHealthy ? 'ok\n' : `unavailable: ${failed.join(', ')}\n`;
  return new Response(text, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
