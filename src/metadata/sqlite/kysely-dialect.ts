import type { Database as SqliteFile } from 'bun:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { Schema } from '../schema.ts';
import { SqliteListCompiler } from './query-compiler.ts';

/** Kysely over `bun:sqlite`: it compiles our queries, and runs the migrations. */
export function kyselyOver(file: SqliteFile): Kysely<Schema> {
  const database = {
    close: () => undefined,
    prepare: (sql: string) => {
      const statement = file.prepare<unknown, never[]>(sql);
      return {
        reader: statement.columnNames.length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as never[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as never[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as never[])),
      };
    },
  };
  // `bun:sqlite` answers what Kysely asks of better-sqlite3, under types of its own.
  return new Kysely<Schema>({ dialect: new ListDialect({ database: database as never }) });
}

class ListDialect extends SqliteDialect {
  override createQueryCompiler(): SqliteListCompiler {
    return new SqliteListCompiler();
  }
}
