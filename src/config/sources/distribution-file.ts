import { isMapping, type Mapping } from './mapping.ts';
import type { Variable } from './variable-settings.ts';

/** Parts of distribution's `storage` section that do not name the kind of storage. */
const BESIDES_THE_DRIVER: ReadonlySet<string> = new Set(['cache', 'delete', 'maintenance', 'redirect', 'tag']);

/** Deeper than anything distribution knows. YAML may make a mapping contain itself. */
const MAX_DEPTH = 8;

/**
 * The `config.yml` of distribution's registry, as the REGISTRY_* variables that say the same: that is how its own
 * variables are made from the file. `bin/registry garbage-collect /etc/docker/registry/config.yml` then does what it did.
 *
 * @returns `undefined` when the document is not such a file.
 */
export function distributionVariables(document: Mapping, fileName: string): Variable[] | undefined {
  const { version, storage } = document as { readonly version?: unknown; readonly storage?: unknown };
  if (version === undefined || !isMapping(storage)) return undefined;
  const driver = Object.keys(storage).find((key) => !BESIDES_THE_DRIVER.has(key));
  const leaves = flatten(document, []);
  if (driver !== undefined) leaves.push({ path: ['storage'], value: driver });
  return leaves.map(({ path, value }) => ({
    name: ['registry', ...path].join('_').toUpperCase(),
    writtenAs: path.join('.'),
    value,
    place: fileName,
    unset: [],
  }));
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: string;
}

function flatten(mapping: Mapping, prefix: readonly string[]): Leaf[] {
  return Object.entries(mapping).flatMap(([key, value]): Leaf[] => {
    const path = [...prefix, key];
    if (isMapping(value)) return path.length < MAX_DEPTH ? flatten(value, path) : [];
    return value === null || value === undefined
      ? []
      : [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }];
  });
}
