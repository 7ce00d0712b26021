import type { Compilable, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** A query of Kysely's that can be compiled to SQL text and parameters. */
export type Built<Row> = Compilable<Row>;

/** Stands, while a query is compiled, for the value of one named parameter. */
export class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Names a parameter inside {@link query}. Its type is the parameter's own, so that the query is checked. A list is one
 * parameter, whatever its length: behind `in`, or as the rows of `rowsOf`.
 */
export type Parameter<Parameters> = <Name extends keyof Parameters & string>(name: Name) => Parameters[Name];

/**
 * A query that is built and compiled once for each database, and then only bound and run: compiling costs more than
 * most of our queries.
 */
export interface Query<Parameters, Row> {
  readonly build: (db: Kysely<Schema>, parameter: Parameter<Parameters>) => Built<Row>;
}

export function query<Parameters, Row>(
  build: (db: Kysely<Schema>, parameter: Parameter<Parameters>) => Built<Row>,
): Query<Parameters, Row> {
  return { build };
}

/** What a question is asked of: the database, or a transaction in progress. */
export interface Queryable {
  all<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]>;

  first<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<Row | undefined>;

  /** For a query whose text depends on its input. Compiled each time. */
  build<Row>(build: (db: Kysely<Schema>) => Built<Row>): Promise<readonly Row[]>;
}

declare const transactionBrand: unique symbol;
/**
 * A transaction in progress. Statements that write take this, so that none runs outside one.
 *
 * Where other processes write too (PostgreSQL), each statement sees what was committed before it began. So whoever
 * decides by what it reads locks first what it decides about, with the names of `locks.ts`: nobody whose change would
 * turn the decision commits before we do. Where transactions run alone (SQLite), locks are had for the asking.
 */
export interface Transaction extends Queryable {
  readonly [transactionBrand]: true;

  /** Waits until no other transaction excludes ours, and keeps the locks to its end. To be called once, before reading. */
  lock(mode: LockMode, names: readonly LockName[]): Promise<void>;

  /** Takes exclusively those that can be had at once, for work that rather leaves out something than lets others wait. */
  tryLock(names: readonly LockName[]): Promise<ReadonlySet<LockName>>;
}

/** `shared` with others that share it, or `exclusive` of everybody. */
export type LockMode = 'shared' | 'exclusive';

declare const lockNameBrand: unique symbol;
export type LockName = string & { readonly [lockNameBrand]: true };

export interface TransactionOptions {
  /**
   * `false`: the change survives the death of the process, but not necessarily that of the machine. For facts whose
   * loss costs a client one retry, such as an upload session. Default `true`.
   */
  readonly durable?: boolean;
}

/**
 * The facts. Both engines keep the same promises: what `transaction` resolved is durable and seen by every later read,
 * and what it rejected left nothing.
 *
 * @throws {StorageFullError} from any write: no space left for the database.
 * @throws {StorageUnavailableError} from any call: the database cannot be reached, read or written.
 */
export interface Database extends Queryable {
  /** Whether other processes change the facts too: then nothing that can change may be answered from memory. */
  readonly isShared: boolean;

  /**
   * Runs `work` atomically, and alone as far as its locks go. It must await nothing but its own queries, because other
   * writers wait, and it may be run again after a conflict.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>;

  /**
   * Shows `work` the facts as they are at one moment, for as long as it takes; writers do not wait for it. For backups
   * and the like: it keeps a connection to itself.
   */
  snapshot<Result>(work: (facts: Queryable) => Promise<Result>): Promise<Result>;

  close(): Promise<void>;
}
