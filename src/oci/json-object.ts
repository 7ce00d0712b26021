import { ManifestInvalidError } from './errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Refuses `Layers` beside or instead of `layers`. Clients written in Go read field names in any case and keep the last;
 * we read them exactly: one document would be two images.
 *
 * @throws {ManifestInvalidError}
 */
export function refuseCaseVariants(object: JsonObject, fields: ReadonlySet<string>, where: string): void {
  for (const key of Object.keys(object)) {
    if (fields.has(key)) continue;
    const folded = folding(key);
    for (const field of fields) {
      if (folding(field) === folded) {
        throw new ManifestInvalidError(`${where} has a field that differs from ${field} only by case`);
      }
    }
  }
}

/** Through upper case first: Go takes the long s and the Kelvin sign for `s` and `k`. */
function folding(text: string): string {
  return text.toUpperCase().toLowerCase();
}
