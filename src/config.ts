import { problemsTogether } from './config/agreement.ts';
import { ConfigError } from './config/config-error.ts';
import type { Findings } from './config/given.ts';
import { resolveSettings } from './config/resolve-settings.ts';
import { isSetting, type SettingTree } from './config/setting.ts';
import { SETTINGS, type Config } from './config/settings.ts';
import { gatherSettings } from './config/sources/gather-settings.ts';

export type { Config } from './config/settings.ts';
export { ConfigError } from './config/config-error.ts';

export interface ConfigSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * What was said on the command line, by key path (`http.address`), and `config` for the path of the YAML file.
   * `undefined` and the empty text say nothing.
   */
  readonly overrides?: Readonly<Record<string, string | undefined>>;
  /** The working folder: where `.env` and `havre.yaml` are looked for, and what paths are relative to. */
  readonly cwd?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Sentences for the operator: what was read and has no effect. */
  readonly warnings: readonly string[];
  /** Key path → who said so: `HAVRE_DATA (.env line 3)`, or `default`. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Reads the configuration, from the strongest source to the weakest: command line, environment, `.env`, YAML file,
 * defaults. Nothing else in the program reads any of these. May be called again at any time, to reload.
 *
 * @throws {ConfigError} something is unknown, malformed or contradictory; it says everything that is.
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const { env = process.env, overrides = {}, cwd = process.cwd() } = sources;
  const findings: Findings = { problems: [], warnings: [] };
  const given = gatherSettings({ env, overrides, cwd }, findings);
  const { values, origins } = resolveSettings(given, cwd, findings);
  const config = configOf(SETTINGS, values) as Config;
  // A value that could not be read is absent here, and would be reported twice.
  if (findings.problems.length === 0) findings.problems.push(...problemsTogether(config, origins));
  if (findings.problems.length > 0) throw new ConfigError(findings.problems);
  return { config, warnings: findings.warnings, origins };
}

function configOf(tree: SettingTree, values: ReadonlyMap<string, unknown>, prefix = ''): unknown {
  return Object.fromEntries(
    Object.entries(tree).map(([key, node]) => {
      const path = `${prefix}${key}`;
      return [key, isSetting(node) ? values.get(path) : configOf(node, values, `${path}.`)];
    }),
  );
}
