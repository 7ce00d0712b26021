import { StorageUnavailableError } from '../../oci/errors.ts';
import type { PostgresConnection } from './connection.ts';
import { isOutOfConnections, unreachableBecause } from './postgres-errors.ts';

export interface PoolOptions {
  /** Connections at most. */
  readonly size: number;
  /** How long a caller waits for a connection. */
  readonly waitSeconds: number;
  /** @param onLost the connection became useless while nobody looked. */
  readonly open: (onLost: () => void) => Promise<PostgresConnection>;
}

/** How the pool is used, for metrics. */
export interface PoolFigures {
  readonly busy: number;
  readonly idle: number;
  /** Callers that wait for a connection now. */
  readonly waiting: number;
  /** Since the start: callers that had to wait, connections made, connections lost, attempts that failed. */
  readonly waits: number;
  readonly opened: number;
  readonly lost: number;
  readonly refused: number;
}

interface Waiting {
  readonly give: (connection: PostgresConnection) => void;
  readonly refuse: (error: unknown) => void;
  /** By `performance.now()`. */
  readonly until: number;
}

const SWEEPS_PER_SECOND = 10;
/** After a failure to connect, all callers are told at once for so long: the server may be there again, or busy coming up. */
const REFUSAL_MILLISECONDS = 1000;
const IDLE_MILLISECONDS = 60_000;
/** Balancers and failovers move what is new. */
const LIFE_MILLISECONDS = 1_800_000;

/** Connections, lent to one caller each. Opens them as they are needed and never waits without an end. */
export class PostgresPool {
  readonly #options: PoolOptions;
  readonly #idle: { readonly connection: PostgresConnection; readonly since: number }[] = [];
  readonly #busy = new Set<PostgresConnection>();
  readonly #waiting: Waiting[] = [];
  readonly #sweeper: ReturnType<typeof setInterval>;
  #opening = 0;
  /** When a connection was made last, by `performance.now()`. */
  #openedAt = -Infinity;
  #refusal: { readonly error: unknown; readonly until: number } | undefined;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  readonly #counts = { waits: 0, opened: 0, lost: 0, refused: 0 };

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(performance.now()), 1000 / SWEEPS_PER_SECOND);
    this.#sweeper.unref();
  }

  /** Lends a connection to `work`, and takes it back whatever happens. */
  async lend<Result>(work: (connection: PostgresConnection) => Promise<Result>): Promise<Result> {
    const connection = await this.#acquire();
    try {
      return await work(connection);
    } finally {
      this.#release(connection);
    }
  }

  /**
   * A connection was found dead: the others of its age are dead as well, most likely, and each would fail a request.
   *
   * @param time by `performance.now()`: what was opened later stays.
   */
  forsakeOpenedBefore(time: number): void {
    for (const idle of this.#idle.splice(0)) {
      if (idle.connection.openedAt < time) idle.connection.destroy();
      else this.#idle.push(idle);
    }
  }

  get figures(): PoolFigures {
    return { busy: this.#busy.size, idle: this.#idle.length, waiting: this.#waiting.length, ...this.#counts };
  }

  /** Lends to nobody who comes now, waits for the others, and cuts those who are not ready after `seconds`. */
  async close(seconds: number): Promise<void> {
    this.#isClosed = true;
    this.forsakeOpenedBefore(Infinity);
    if (this.#inUse > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      const timer = setTimeout(resolve, seconds * 1000);
      await promise;
      clearTimeout(timer);
    }
    clearInterval(this.#sweeper);
    for (const { refuse } of this.#waiting.splice(0)) refuse(new StorageUnavailableError('the database is closed'));
    for (const connection of this.#busy) connection.destroy();
  }

  get #inUse(): number {
    return this.#busy.size + this.#opening + this.#waiting.length;
  }

  async #acquire(): Promise<PostgresConnection> {
    if (this.#isClosed) throw new StorageUnavailableError('the database is closed');
    const idle = this.#idle.pop();
    if (idle !== undefined) return this.#lent(idle.connection);
    if (this.#busy.size + this.#opening < this.#options.size) return this.#openOrWait();
    return this.#wait();
  }

  /** Where the server gives us fewer connections than we want, those we have go round. */
  async #openOrWait(): Promise<PostgresConnection> {
    try {
      return await this.#open();
    } catch (error) {
      if (!(error instanceof Error && isOutOfConnections(error.cause))) throw error;
      const idle = this.#idle.pop();
      if (idle !== undefined) return this.#lent(idle.connection);
      if (this.#busy.size + this.#opening > 0) return this.#wait();
      throw error;
    }
  }

  #wait(): Promise<PostgresConnection> {
    this.#counts.waits += 1;
    const { promise, resolve, reject } = Promise.withResolvers<PostgresConnection>();
    const until = performance.now() + this.#options.waitSeconds * 1000;
    this.#waiting.push({ give: resolve, refuse: reject, until });
    return promise;
  }

  async #open(): Promise<PostgresConnection> {
    const since = performance.now();
    try {
      return await this.#tryToOpen();
    } catch (error) {
      // An attempt from before the server came back may end long after others succeeded: it says nothing of now.
      if (this.#openedAt < since) throw error;
      return this.#tryToOpen();
    }
  }

  async #tryToOpen(): Promise<PostgresConnection> {
    if (this.#refusal !== undefined && performance.now() < this.#refusal.until) throw this.#refusal.error;
    const since = performance.now();
    this.#opening += 1;
    try {
      const connection: PostgresConnection = await this.#options.open(() => this.#forget());
      this.#counts.opened += 1;
      this.#openedAt = performance.now();
      this.#refusal = undefined;
      return this.#lent(connection);
    } catch (cause) {
      const error = unreachableBecause(cause);
      this.#counts.refused += 1;
      if (this.#openedAt < since) this.#refusal = { error, until: performance.now() + REFUSAL_MILLISECONDS };
      // Those who wait for others to finish would be the next to try.
      if (this.#busy.size === 0 && this.#opening === 1) for (const { refuse } of this.#waiting.splice(0)) refuse(error);
      throw error;
    } finally {
      this.#opening -= 1;
      this.#settleIfIdle();
    }
  }

  #lent(connection: PostgresConnection): PostgresConnection {
    this.#busy.add(connection);
    return connection;
  }

  #release(connection: PostgresConnection): void {
    this.#busy.delete(connection);
    const isOld = performance.now() - connection.openedAt > LIFE_MILLISECONDS;
    if (connection.isLost || connection.isWorn || isOld) {
      if (connection.isLost) this.#counts.lost += 1;
      connection.destroy();
      this.#replaceForWaiting();
    } else {
      const next = this.#waiting.shift();
      if (next !== undefined) next.give(this.#lent(connection));
      else if (this.#isClosed) connection.destroy();
      else this.#idle.push({ connection, since: performance.now() });
    }
    this.#settleIfIdle();
  }

  /** Somebody waited for the connection that is gone, and there is room for another one. */
  #replaceForWaiting(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#openOrWait().then(next.give, next.refuse);
  }

  /** An idle connection was closed by the server. */
  #forget(): void {
    for (let place = this.#idle.length - 1; place >= 0; place -= 1) {
      if (this.#idle[place]?.connection.isLost !== true) continue;
      this.#idle.splice(place, 1);
      this.#counts.lost += 1;
    }
  }

  #settleIfIdle(): void {
    if (this.#inUse === 0) this.#onIdle?.();
  }

  #sweep(now: number): void {
    for (const connection of this.#busy) connection.checkDeadline(now);
    while (this.#waiting[0] !== undefined && this.#waiting[0].until < now) {
      this.#waiting.shift()?.refuse(new StorageUnavailableError('all connections to the database are busy'));
    }
    while (this.#idle[0] !== undefined && now - this.#idle[0].since > IDLE_MILLISECONDS) {
      this.#idle.shift()?.connection.destroy();
    }
  }
}
