import type { Kysely } from 'kysely';
import { Placeholder, type Built, type Parameter, type Query } from './database.ts';
import type { Schema } from './schema.ts';

/** What both engines can bind. */
export type BoundValue = string | number | bigint | null | Uint8Array;

/** SQL text, and for each parameter in it either a constant or the name of a parameter of ours. */
export interface CompiledQuery {
  readonly sql: string;
  readonly slots: readonly (BoundValue | Placeholder)[];
}

export function compileQuery<Parameters, Row>(db: Kysely<Schema>, question: Query<Parameters, Row>): CompiledQuery {
  // The placeholder travels through Kysely as if it were the value, and comes out in the list of parameters.
  const parameter = ((name: string) => new Placeholder(name)) as unknown as Parameter<Parameters>;
  return compileBuilt(question.build(db, parameter));
}

export function compileBuilt<Row>(built: Built<Row>): CompiledQuery {
  const { sql, parameters } = built.compile();
  return { sql, slots: parameters as readonly (BoundValue | Placeholder)[] };
}

export function bindSlots(compiled: CompiledQuery, parameters: unknown): BoundValue[] {
  const values = parameters as Readonly<Record<string, BoundValue>>;
  return compiled.slots.map((slot) => {
    if (!(slot instanceof Placeholder)) return slot;
    const value = values[slot.name];
    if (value === undefined) throw new TypeError(`query parameter "${slot.name}" is missing`);
    return value;
  });
}
