import type { Kysely } from 'kysely';
import { Placeholder, type Built, type Parameter, type Query } from '../database.ts';
import type { Schema } from '../schema.ts';

/** What SQLite can bind. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

/** SQL text, and for each `?` either a constant or the name of a parameter. */
export interface CompiledQuery {
  readonly sql: string;
  readonly slots: readonly (SqliteValue | Placeholder)[];
}

export function compileQuery<Parameters, Row>(db: Kysely<Schema>, question: Query<Parameters, Row>): CompiledQuery {
  // The placeholder travels through Kysely as if it were the value, and comes out in the list of parameters.
  const parameter = ((name: string) => new Placeholder(name)) as unknown as Parameter<Parameters>;
  return compileBuilt(question.build(db, parameter));
}

export function compileBuilt<Row>(built: Built<Row>): CompiledQuery {
  const { sql, parameters } = built.compile();
  return { sql, slots: parameters as readonly (SqliteValue | Placeholder)[] };
}

export function bindSlots(compiled: CompiledQuery, parameters: unknown): SqliteValue[] {
  const values = parameters as Readonly<Record<string, SqliteValue>>;
  return compiled.slots.map((slot) => {
    if (!(slot instanceof Placeholder)) return slot;
    const value = values[slot.name];
    if (value === undefined) throw new TypeError(`query parameter "${slot.name}" is missing`);
    return value;
  });
}
