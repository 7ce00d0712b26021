export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value read from YAML is a mapping, and neither a scalar nor a list. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
