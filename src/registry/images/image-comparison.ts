import type { ImageConfigView } from '../../oci/image-config-view.ts';
import type { Descriptor } from '../../oci/descriptor.ts';

/** A layer, and in which of the two images it is. */
export interface ComparedLayer {
  readonly descriptor: Descriptor;
  readonly change: 'shared' | 'added' | 'removed';
}

/** Something that a config says, on both sides; `null`: nothing. */
export interface ConfigChange {
  /** `environment`, `labels`, `user`, … */
  readonly field: ComparedField;
  /** Of what has names of its own: `PATH`, a label. */
  readonly name: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** Layers of `from` that `to` has not, then those of `to`. */
export function compareLayers(from: readonly Descriptor[], to: readonly Descriptor[]): readonly ComparedLayer[] {
  const [before, after] = [from, to].map((layers) => new Set(layers.map(({ digest }) => digest)));
  const removed = from.filter(({ digest }) => after?.has(digest) !== true);
  return [
    ...removed.map((descriptor) => ({ descriptor, change: 'removed' }) as const),
    ...to.map((descriptor) => {
      const change = before?.has(descriptor.digest) === true ? 'shared' : 'added';
      return { descriptor, change } as const;
    }),
  ];
}

/** Each layer once, in bytes. */
export function layerBytes(layers: readonly Descriptor[]): number {
  return [...new Map(layers.map(({ digest, size }) => [digest, size])).values()].reduce((sum, size) => sum + size, 0);
}

type Fields = ReadonlyMap<string, string>;

/** Only what differs. An image whose config cannot be read says nothing. */
export function compareConfigs(
  from: ImageConfigView | undefined,
  to: ImageConfigView | undefined,
): readonly ConfigChange[] {
  const [before, after] = [from, to].map(fieldsOf);
  const changes: ConfigChange[] = [];
  for (const field of COMPARED_FIELDS) {
    const [one, other] = [before?.get(field) ?? NOTHING, after?.get(field) ?? NOTHING];
    for (const name of new Set([...one.keys(), ...other.keys()])) {
      const [was, is] = [one.get(name) ?? null, other.get(name) ?? null];
      if (was !== is) changes.push({ field, name: name === '' ? null : name, from: was, to: is });
    }
  }
  return changes;
}

const NOTHING: Fields = new Map();

const TEXTS = ['os', 'architecture', 'variant', 'author', 'created', 'user', 'workingDirectory', 'stopSignal'] as const;
const COMMANDS = ['entrypoint', 'command'] as const;
const SETS = ['exposedPorts', 'volumes'] as const;
/** Of a config, what is compared. */
export const COMPARED_FIELDS = [...TEXTS, ...COMMANDS, 'healthcheck', ...SETS, 'environment', 'labels'] as const;
export type ComparedField = (typeof COMPARED_FIELDS)[number];

/** Each field by the names in it; a field without any has one that is empty. */
function fieldsOf(config: ImageConfigView | undefined): ReadonlyMap<string, Fields> {
  if (config === undefined) return new Map();
  const { environment, labels, healthcheck } = config;
  const variables = environment.map((text): [string, string] => {
    const [name = ''] = text.split('=', 1);
    return [name, text.slice(name.length + 1)];
  });
  return new Map<string, Fields>([
    ...TEXTS.map((field) => [field, single(config[field])] as const),
    ...COMMANDS.map(
      (field) => [field, single(config[field].length === 0 ? null : JSON.stringify(config[field]))] as const,
    ),
    ...SETS.map((field) => [field, new Map(config[field].map((name) => [name, name]))] as const),
    ['healthcheck', single(healthcheck === null ? null : JSON.stringify(healthcheck))],
    ['environment', new Map(variables)],
    ['labels', new Map(Object.entries(labels))],
  ]);
}

function single(value: string | null): Fields {
  return value === null ? NOTHING : new Map([['', value]]);
}
