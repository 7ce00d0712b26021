import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';

/** What APIs of registries answer is read field by field: another type than expected is as good as absent. */

export function textIn(object: JsonObject, field: string): string | undefined {
  const value = object[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberIn(object: JsonObject, field: string): number | undefined {
  const value = object[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A date as text: ISO 8601, RFC 2822, or GitHub's `2026-06-01 12:00:00 UTC`. */
export function dateIn(object: JsonObject, field: string): Date | undefined {
  return parseDate(textIn(object, field));
}

export function parseDate(text: string | undefined): Date | undefined {
  const milliseconds = Date.parse(text ?? '');
  // The year 1 is how some write that there is none.
  return Number.isNaN(milliseconds) || milliseconds <= 0 ? undefined : new Date(milliseconds);
}

export function objectsIn(object: JsonObject, field: string): readonly JsonObject[] {
  return objectsOf(object[field]);
}

export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}

export function textsIn(object: JsonObject, field: string): readonly string[] {
  const value = object[field];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((text) => typeof text === 'string') : [];
}

/** Only fields that there are: an absent one is left out, as `exactOptionalPropertyTypes` wants it. */
export function present<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
}
