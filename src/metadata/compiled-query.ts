import type { Kysely } from 'kysely';
import { Placeholder, type Built, type Parameter, type Query } from './database.ts';
import type { Schema } from './schema.ts';

/** What both engines can bind. */
export type BoundValue = string | number | bigint | null | Uint8Array;

/** What a parameter may be a list of. */
export type ListValue = readonly (string | number)[];

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

/** @param listed a list as the one value that the engine takes. */
export function bindSlots(
  compiled: CompiledQuery,
  parameters: unknown,
  listed: (list: ListValue) => BoundValue,
): BoundValue[] {
  const values = parameters as Readonly<Record<string, BoundValue | ListValue>>;
  return compiled.slots.map((slot) => {
    if (!(slot instanceof Placeholder)) return slot;
    const value = values[slot.name];
    if (value === undefined) throw new TypeError(`query parameter "${slot.name}" is missing`);
    return isList(value) ? listed(value) : value;
  });
}

function isList(value: BoundValue | ListValue): value is ListValue {
  return Array.isArray(value);
}
