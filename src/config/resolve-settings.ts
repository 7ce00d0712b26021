import type { Findings, Given } from './given.ts';
import type { NamedSetting } from './setting.ts';
import { ALL_SETTINGS } from './settings.ts';

export interface Resolved {
  /** By key path. A setting without value and default is `undefined`. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly origins: ReadonlyMap<string, string>;
}

/** Takes for each setting the first value given, else the default. @param given from the strongest to the weakest. */
export function resolveSettings(given: readonly Given[], cwd: string, findings: Findings): Resolved {
  const values = new Map<string, unknown>();
  const origins = new Map<string, string>();
  const givenByPath = Map.groupBy(given, ({ setting }) => setting.path);
  for (const named of ALL_SETTINGS) {
    const [chosen, ...weaker] = givenByPath.get(named.path) ?? [];
    origins.set(named.path, chosen === undefined ? 'default' : `${chosen.name} (${chosen.place})`);
    values.set(named.path, chosen === undefined ? defaultOf(named, cwd) : read(chosen, cwd, findings));
    for (const other of weaker) reportWeaker(other, chosen, { cwd, findings });
  }
  return { values, origins };
}

function defaultOf({ setting }: NamedSetting, cwd: string): unknown {
  return setting.default === undefined ? undefined : setting.kind.read(setting.default, cwd);
}

/** `undefined` when it is malformed, which is then among the problems. */
function read({ setting: { setting }, text, name, place }: Given, cwd: string, findings: Findings): unknown {
  const { kind } = setting;
  const value = kind.read(text, cwd);
  if (value === undefined) {
    const shown = kind.isSecret ? 'malformed' : `"${text.length > 80 ? `${text.slice(0, 80)}…` : text}"`;
    const hint = kind.hint?.(text);
    const sentence = `${name} (${place}) is ${shown}: it must be ${kind.expects}.`;
    findings.problems.push(hint === undefined ? sentence : `${sentence} ${hint}`);
  }
  return value;
}

/** Ours must be right even where something stronger hides it; distribution's must only not be lost silently. */
function reportWeaker(
  other: Given,
  chosen: Given | undefined,
  { cwd, findings }: { readonly cwd: string; readonly findings: Findings },
): void {
  if (!other.isRegistry) {
    read(other, cwd, findings);
  } else if (chosen !== undefined && !chosen.isRegistry && chosen.text !== other.text) {
    findings.warnings.push(
      `${other.name} (${other.place}) is set aside: ${chosen.name} (${chosen.place}) says otherwise.`,
    );
  }
}
