import type { Database as SqliteFile, Statement } from 'bun:sqlite';
import type { Kysely } from 'kysely';
import type { Built, LockName, Query, Queryable } from '../database.ts';
import type { Schema } from '../schema.ts';
import { bindSlots, compileBuilt, compileQuery, type CompiledQuery, type BoundValue } from '../compiled-query.ts';
import { sqliteList } from './query-compiler.ts';
import { translateSqliteError } from './sqlite-errors.ts';

/** A query of ours, ready to run on this connection. */
interface Prepared {
  readonly compiled: CompiledQuery;
  readonly statement: Statement<unknown, BoundValue[]>;
}

/** One SQLite connection that answers our queries. Each is compiled and prepared once. */
export class SqliteConnection implements Queryable {
  readonly #file: SqliteFile;
  readonly #kysely: Kysely<Schema>;
  readonly #prepared = new Map<unknown, Prepared>();

  constructor(file: SqliteFile, kysely: Kysely<Schema>) {
    this.#file = file;
    this.#kysely = kysely;
  }

  async all<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]> {
    return this.#rows(question, parameters);
  }

  async first<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<Row | undefined> {
    return this.#rows(question, parameters)[0];
  }

  async build<Row>(build: (db: Kysely<Schema>) => Built<Row>): Promise<readonly Row[]> {
    const compiled = compileBuilt(build(this.#kysely));
    try {
      // Not kept: there are as many texts as there are inputs.
      using statement = this.#file.prepare<Row, BoundValue[]>(compiled.sql);
      return statement.all(...bindSlots(compiled, {}, sqliteList));
    } catch (error) {
      throw translateSqliteError(error);
    }
  }

  /** Its transactions run alone. */
  async lock(): Promise<void> {}

  async tryLock(names: readonly LockName[]): Promise<ReadonlySet<LockName>> {
    return new Set(names);
  }

  /** A statement without result, such as `BEGIN`. */
  execute(sql: string): void {
    try {
      this.#file.run(sql);
    } catch (error) {
      throw translateSqliteError(error);
    }
  }

  get isInTransaction(): boolean {
    return this.#file.inTransaction;
  }

  close(): void {
    this.#file.close();
  }

  #rows<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Row[] {
    try {
      const { compiled, statement } = this.#prepare(question);
      return statement.all(...bindSlots(compiled, parameters, sqliteList)) as Row[]; // what Kysely typed the query to return
    } catch (error) {
      throw translateSqliteError(error);
    }
  }

  #prepare<Parameters, Row>(question: Query<Parameters, Row>): Prepared {
    const known = this.#prepared.get(question);
    if (known !== undefined) return known;
    const compiled = compileQuery(this.#kysely, question);
    const prepared = { compiled, statement: this.#file.prepare<unknown, BoundValue[]>(compiled.sql) };
    this.#prepared.set(question, prepared);
    return prepared;
  }
}
