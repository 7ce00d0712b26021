import { SQL, type ReservedSQL } from 'bun';
import type { BoundValue } from '../compiled-query.ts';
import { DatabaseSilentError, endsConnection } from './postgres-errors.ts';
import { rowsOf, valuesToSend, type Answer } from './rows.ts';
import { targetOf, type PostgresSettings } from './settings.ts';

/** What differs between the connections of a pool and those for long work. */
export interface ConnectionPurpose {
  readonly settings: PostgresSettings;
  readonly name: string;
  /** The server gives up on a statement after so long; 0 is never. */
  readonly statementSeconds: number;
  /** The client gives up on the server after so long. */
  readonly silenceSeconds: number;
  /** The server ends a transaction in which nothing is asked for so long, and gives its locks back; 0 is never. */
  readonly idleInTransactionSeconds: number;
  readonly onSlowQuery: (statement: string, milliseconds: number) => void;
}

/**
 * PostgreSQL plans by statistics, which are wrong in a new database and after an import: it would then read whole
 * tables, or sort a whole repository for one page of tags. Every question of ours has an index that answers it in its
 * order, so it is told to walk those always. `plans.test.ts` holds it to that.
 */
const PLANNER = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  random_page_cost: '1.1',
  jit: 'off',
};
/** A node that is cut off keeps its locks no longer than this. */
const DEATH_OF_PEERS = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
};

/** Text of statements made for one call only, in characters, that a connection may have prepared before it is replaced. */
const BUILT_TEXT = 262_144;

/**
 * One connection to PostgreSQL, for one caller at a time. Once lost it stays so: it never connects again by itself, since
 * the rest of a transaction would then run outside of it.
 */
export class PostgresConnection {
  readonly openedAt = performance.now();
  readonly #purpose: ConnectionPurpose;
  readonly #client: SQL;
  readonly #built = new Set<string>();
  #line: ReservedSQL | undefined;
  #builtLength = 0;
  #pending = 0;
  /** By `performance.now()`; infinite while nothing is asked. */
  #deadline = Infinity;
  #loss: unknown;

  private constructor(purpose: ConnectionPurpose, onLost: () => void) {
    this.#purpose = purpose;
    this.#client = new SQL({
      ...addressOf(purpose.settings),
      max: 1,
      connection: sessionOf(purpose),
      onclose: (error) => {
        this.#loss ??= error;
        onLost();
      },
    });
  }

  /** @param onLost may be called before this resolves or rejects, and afterwards at any time. */
  static async open(purpose: ConnectionPurpose, onLost: () => void = () => undefined): Promise<PostgresConnection> {
    const connection = new PostgresConnection(purpose, onLost);
    try {
      connection.#line = await connection.#client.reserve();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Whether it can answer nothing more. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Whether it has prepared so much that is never asked again that a new one is better. */
  get isWorn(): boolean {
    return this.#builtLength > BUILT_TEXT;
  }

  /** Several may be asked without waiting: they travel together and run in order. @throws as the driver does. */
  async run(text: string, values: readonly BoundValue[] = []): Promise<readonly unknown[]> {
    return rowsOf(await this.#ask(text, values));
  }

  /** As {@link run}, for text that will hardly be asked again. */
  async runBuilt(text: string, values: readonly BoundValue[]): Promise<readonly unknown[]> {
    if (!this.#built.has(text)) {
      this.#built.add(text);
      this.#builtLength += text.length;
    }
    return this.run(text, values);
  }

  /** A statement of the session itself, such as `COMMIT`. @returns what was done: `COMMIT` may come to `ROLLBACK`. */
  async command(text: string): Promise<string | undefined> {
    return (await this.#ask(text, [])).command ?? undefined;
  }

  /** Gives up on a server that is silent. To be called several times a second. */
  checkDeadline(now: number): void {
    if (now < this.#deadline) return;
    this.#loss ??= new DatabaseSilentError(this.#purpose.silenceSeconds);
    this.destroy();
  }

  /** Without a goodbye; what is asked fails. */
  destroy(): void {
    this.#loss ??= new Error('the connection was closed');
    this.#client.close({ timeout: 0 }).catch(() => undefined);
  }

  async #ask(text: string, values: readonly BoundValue[]): Promise<Answer> {
    const line = this.#line;
    if (line === undefined || this.#loss !== undefined) throw this.#loss;
    const began = performance.now();
    this.#pending += 1;
    this.#deadline = began + this.#purpose.silenceSeconds * 1000;
    try {
      return (await line.unsafe(text, valuesToSend(values))) as Answer;
    } catch (error) {
      if (endsConnection(error) && this.#loss === undefined) {
        this.#loss = error;
        this.destroy();
      }
      throw this.#loss instanceof DatabaseSilentError ? this.#loss : error;
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#deadline = Infinity;
      this.#time(text, performance.now() - began);
    }
  }

  #time(text: string, milliseconds: number): void {
    const { settings, onSlowQuery } = this.#purpose;
    const slow = settings.slowQueryMilliseconds;
    if (slow > 0 && milliseconds > slow) onSlowQuery(text, Math.round(milliseconds));
  }
}

/** The environment may name another database for every program that talks to PostgreSQL; ours is the configured one. */
function addressOf({ url, connectTimeoutSeconds }: PostgresSettings) {
  const { database, user, host } = targetOf(url);
  const isEncryptionNamed = /[?&]ssl(?:mode)?=/.test(url);
  return {
    url,
    adapter: 'postgres' as const,
    database,
    username: user,
    connectionTimeout: connectTimeoutSeconds,
    // As libpq does: encrypted where the server can.
    ...(!isEncryptionNamed && !host.startsWith('/') && { tls: 'prefer' as const }),
  };
}

function sessionOf({ name, statementSeconds, idleInTransactionSeconds }: ConnectionPurpose): Record<string, string> {
  const milliseconds = (seconds: number): string => String(Math.round(seconds * 1000));
  return {
    application_name: name,
    statement_timeout: milliseconds(statementSeconds),
    lock_timeout: milliseconds(statementSeconds / 2),
    idle_in_transaction_session_timeout: milliseconds(idleInTransactionSeconds),
    ...PLANNER,
    ...DEATH_OF_PEERS,
  };
}
