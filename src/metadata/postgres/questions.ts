import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, type DatabaseIntrospector } from 'kysely';
import { bindSlots, compileBuilt, compileQuery, type CompiledQuery } from '../compiled-query.ts';
import type { Built, Query, Queryable } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { PostgresConnection } from './connection.ts';
import { postgresList, PostgresListCompiler } from './query-compiler.ts';

/** Kysely without a connection: it only writes SQL. */
const compiler = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>): DatabaseIntrospector => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresListCompiler(),
  },
});

const compiledByQuestion = new WeakMap<object, CompiledQuery>();

/** How something is asked of a connection, whichever it turns out to be. */
type Ask = <Result>(work: (connection: PostgresConnection) => Promise<Result>) => Promise<Result>;

/** Answers our queries by a connection that `ask` finds. Each is compiled once. */
export class PostgresQuestions implements Queryable {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async all<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<readonly Row[]> {
    const compiled = compiledOf(question);
    const values = bindSlots(compiled, parameters, postgresList);
    const rows = await this.#ask((connection) => connection.run(compiled.sql, values));
    return rows as readonly Row[]; // what Kysely typed the query to return
  }

  async first<Parameters, Row>(question: Query<Parameters, Row>, parameters: Parameters): Promise<Row | undefined> {
    return (await this.all(question, parameters))[0];
  }

  async build<Row>(build: (db: Kysely<Schema>) => Built<Row>): Promise<readonly Row[]> {
    const compiled = compileBuilt(build(compiler));
    const values = bindSlots(compiled, {}, postgresList);
    const rows = await this.#ask((connection) => connection.runBuilt(compiled.sql, values));
    return rows as readonly Row[]; // likewise
  }
}

function compiledOf<Parameters, Row>(question: Query<Parameters, Row>): CompiledQuery {
  const known = compiledByQuestion.get(question);
  if (known !== undefined) return known;
  const compiled = compileQuery(compiler, question);
  compiledByQuestion.set(question, compiled);
  return compiled;
}
