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

/** Names a parameter inside {@link query}. Its type is the parameter's own, so that the query is checked. */
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

  /** For a query whose text depends on its input (a list of unknown length). Compiled each time. */
  build<Row>(build: (db: Kysely<Schema>) => Built<Row>): Promise<readonly Row[]>;
}

declare const transactionBrand: unique symbol;
/** A transaction in progress. Statements that write take this, so that none runs outside one. */
export interface Transaction extends Queryable {
  readonly [transactionBrand]: true;
}

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
  /**
   * Runs `work` atomically and alone. It must await nothing but its own queries, because other writers wait, and it
   * may be run again after a conflict.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>;

  close(): Promise<void>;
}
