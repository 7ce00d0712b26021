import type { z } from 'zod';
import { code, table } from './markdown.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

interface Field {
  /** `scope[].pattern`; empty for the whole. */
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isOptional: boolean;
  /** When it is there at all: ``where `kind` is `user` ``. */
  readonly condition?: string;
}

/** The fields of an object, those of the objects in it included: a row each. Empty for an object without fields. */
export function schemaTable(schema: JsonSchema): string {
  const rows = fieldsOf({ path: '', schema, isOptional: false }).map(rowOf);
  return rows.length === 0 ? '' : table(['Field', 'Value', 'What it is'], rows);
}

function fieldsOf(field: Field): readonly Field[] {
  const { path, schema } = field;
  const alternatives = alternativesOf(schema);
  if (alternatives !== undefined) return alternativeFields(path, alternatives);
  const { items } = schema;
  if (isSchema(items) && items.properties !== undefined)
    return fieldsOf({ ...field, path: `${path}[]`, schema: items });
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    if (!isSchema(child)) return [];
    const isOptional = schema.required?.includes(name) !== true;
    const childPath = path === '' ? name : `${path}.${name}`;
    const below = fieldsOf({ path: childPath, schema: child, isOptional });
    const self = { ...field, path: childPath, schema: child, isOptional };
    // An object that only holds its fields needs no row of its own.
    return below.length > 0 && child.description === undefined ? below : [self, ...below];
  });
}

/** Objects of which one is meant; each says which by a constant, such as its `kind`. */
function alternativesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  const variants = schema.oneOf?.filter((variant) => variant.properties !== undefined) ?? [];
  return variants.length > 1 ? variants : undefined;
}

function alternativeFields(path: string, alternatives: readonly JsonSchema[]): readonly Field[] {
  const prefix = path === '' ? '' : `${path}.`;
  const fields: Field[] = [];
  const valuesByName = new Map<string, readonly string[]>();
  for (const { properties = {}, required = [] } of alternatives) {
    const [tag = '', value] = Object.entries(properties).find(([, child]) => isSchema(child) && 'const' in child) ?? [];
    for (const [name, child] of Object.entries(properties)) {
      if (!isSchema(child)) continue;
      const field = { path: prefix + name, schema: child, isOptional: !required.includes(name) };
      if (name === tag) {
        fields.push(field);
        continue;
      }
      // One row, however many of the alternatives have the field.
      const values = [...(valuesByName.get(name) ?? []), code(String(isSchema(value) ? value.const : ''))];
      valuesByName.set(name, values);
      const known = fields.findIndex(({ path: taken }) => taken === field.path);
      if (known !== -1) fields.splice(known, 1);
      fields.push({ ...field, condition: `where \`${tag}\` is ${listed(values)}` });
    }
  }
  return fields;
}

/** `a`; `a or b`; `a, b or c`. */
function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function rowOf({ path, schema, isOptional, condition }: Field): readonly string[] {
  const notes = [
    schema.default === undefined ? '' : `default ${code(JSON.stringify(schema.default))}`,
    isOptional && schema.default === undefined ? 'optional' : '',
    condition ?? '',
  ];
  return [code(path), [valueOf(schema), ...notes.filter((note) => note !== '')].join('; '), schema.description ?? ''];
}

function valueOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return reference(schema.$ref);
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return listed(schema.enum.map((value) => code(JSON.stringify(value))));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(valueOf).join(', or ');
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => ofType(type, schema)).join(', or ');
}

function ofType(type: z.core.JSONSchema.SchemaType | undefined, schema: JsonSchema): string {
  switch (type) {
    case 'array':
      return `list of ${isSchema(schema.items) ? valueOf(schema.items) : 'anything'}${bounds(schema.minItems, schema.maxItems, '')}`;
    case 'string':
      if (schema.format === 'date-time') return 'time, such as `2026-12-31T23:59:59Z`';
      return `text${bounds(schema.minLength, schema.maxLength, ' characters')}`;
    case 'integer':
      return `whole number${bounds(schema.minimum, schema.maximum, '')}`;
    case 'number':
      return `number${bounds(schema.minimum, schema.maximum, '')}`;
    case 'boolean':
      return '`true` or `false`';
    case 'null':
      return '`null`';
    case 'object':
      return 'object';
    case undefined:
      return 'anything';
  }
}

/** What every number of JavaScript is within goes without saying. */
function bounds(least: number | undefined, most: number | undefined, unit: string): string {
  const isBounded = most !== undefined && most !== Number.MAX_SAFE_INTEGER;
  if (least === undefined || least === Number.MIN_SAFE_INTEGER) return isBounded ? `, at most ${most}${unit}` : '';
  return isBounded ? `, ${least} to ${most}${unit}` : `, ${least}${unit} or more`;
}

/** `#/$defs/User` → a link to the section of that name. */
function reference(ref: string): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
