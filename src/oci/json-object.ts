import { ManifestInvalidError } from './errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field names of a kind of object, each by its {@link folding}. */
export type FieldNames = ReadonlyMap<string, string>;

export function fieldNames(...names: readonly string[]): FieldNames {
  return new Map(names.map((name) => [folding(name), name]));
}

/**
 * Refuses `Layers` beside or instead of `layers`. Clients written in Go read field names in any case and keep the last;
 * we read them exactly: one document would be two images.
 *
 * @throws {ManifestInvalidError}
 */
export function refuseCaseVariants(object: JsonObject, names: FieldNames, where: string): void {
  for (const key of Object.keys(object)) {
    const name = names.get(folding(key));
    if (name !== undefined && name !== key) {
      throw new ManifestInvalidError(`${where} has a field that differs from ${name} only by case`);
    }
  }
}

/** Through upper case first: Go takes the long s and the Kelvin sign for `s` and `k`. */
function folding(text: string): string {
  return text.toUpperCase().toLowerCase();
}
