/** How one kind of value is written, and what it is once read. */
export interface Kind<T> {
  /** Completes "it must be …". */
  readonly expects: string;
  /** What YAML may write without quotes. Text must stay text: `password: 0123` would arrive as 123. */
  readonly yaml: 'text' | 'number' | 'boolean' | 'list';
  readonly isSecret?: true;
  /** `undefined` when the text is no such value. Paths are relative to `cwd`. */
  read(text: string, cwd: string): T | undefined;
  /** What a person who wrote this probably meant, as a sentence of its own. */
  hint?(text: string): string | undefined;
}

/** The variable by which distribution's registry, or the `.env` of a compose file around it, says the same. */
export interface RegistryVariable {
  readonly name: string;
  /** Values that are written differently there. Others are read as ours. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface Setting<T = unknown> {
  readonly kind: Kind<T>;
  /** As a person would write it; none when the setting is then off. */
  readonly default?: string;
  /** What it does, in Markdown, for docs/configuration.md. */
  readonly description: string;
  readonly registry?: RegistryVariable;
}

export interface SettingTree {
  readonly [key: string]: Setting | SettingTree;
}

/** The values that a tree of settings stands for. */
export type Values<Tree> = Tree extends { readonly kind: Kind<infer T>; readonly default: string }
  ? T
  : Tree extends { readonly kind: Kind<infer T> }
    ? T | undefined
    : { readonly [Key in keyof Tree]: Values<Tree[Key]> };

/** A setting and its names. */
export interface NamedSetting {
  /** In YAML and on the command line: `http.headerTimeoutSeconds`. */
  readonly path: string;
  /** In the environment and `.env`: `HAVRE_HTTP_HEADER_TIMEOUT_SECONDS`. */
  readonly variable: string;
  readonly setting: Setting;
}

export function isSetting(node: Setting | SettingTree): node is Setting {
  return typeof node['description'] === 'string';
}

/** Every setting of a tree, in the order of the table. */
export function namedSettings(tree: SettingTree, prefix = ''): NamedSetting[] {
  return Object.entries(tree).flatMap(([key, node]) => {
    const path = `${prefix}${key}`;
    return isSetting(node) ? [{ path, variable: variableOf(path), setting: node }] : namedSettings(node, `${path}.`);
  });
}

function variableOf(path: string): string {
  return `HAVRE_${path.replaceAll('.', '_').replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`;
}
