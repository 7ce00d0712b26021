import type { Database as SqliteFile } from 'bun:sqlite';
import type { Kysely } from 'kysely';
import type { Built, Query, Queryable } from '../database.ts';
import type { Schema } from '../schema.ts';
import { bindSlots, compileBuilt, compileQuery, type CompiledQuery } from './compiled-query.ts';
import { translateSqliteError } from './sqlite-errors.ts';

/** One SQLite connection that answers our queries. Each is compiled once and its statement kept. */
export class SqliteConnection implements Queryable {
  readonly #file: SqliteFile;
  readonly #kysely: Kysely<Schema>;
  readonly #compiled = new Map<unknown, CompiledQuery>();

  constructor(file: SqliteFile, kysely: Kysely<Schema>) {
    this.#file = file;
    this.#kysely = kysely;
  }

  async all<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]> {
    return this.#rows<Row>(this.#compile(question), parameters);
  }

  async first<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<Row | undefined> {
    return this.#rows<Row>(this.#compile(question), parameters)[0];
  }

  async build<Row>(build: (db: Kysely<Schema>) => Built<Row>): Promise<readonly Row[]> {
    return this.#rows<Row>(compileBuilt(build(this.#kysely)), {});
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

  #compile<Parameters, Row>(question: Query<Parameters, Row>): CompiledQuery {
    let compiled = this.#compiled.get(question);
    if (compiled === undefined) {
      compiled = compileQuery(this.#kysely, question);
      this.#compiled.set(question, compiled);
    }
    return compiled;
  }

  #rows<Row>(compiled: CompiledQuery, parameters: unknown): Row[] {
    const values = bindSlots(compiled, parameters);
    try {
      return this.#file.query<Row, typeof values>(compiled.sql).all(...values);
    } catch (error) {
      throw translateSqliteError(error);
    }
  }
}
