import type { Findings, Given } from '../given.ts';
import { nearest } from '../nearest.ts';
import type { NamedSetting } from '../setting.ts';
import { ALL_SETTINGS } from '../settings.ts';
import { isMapping, type Mapping } from './mapping.ts';
import { brokenLine, keyLines } from './yaml-lines.ts';

const SETTING_BY_PATH: ReadonlyMap<string, NamedSetting> = new Map(ALL_SETTINGS.map((named) => [named.path, named]));

/** `http`, `http.cors`, … */
const SECTIONS: ReadonlySet<string> = new Set(
  ALL_SETTINGS.flatMap(({ path }) => [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))),
);

/**
 * The settings of a YAML document.
 *
 * @param text what the document was parsed from, for the numbers of its lines.
 * @param fileName as people will be told of it.
 */
export function yamlSettings(document: Mapping, text: string, fileName: string, findings: Findings): Given[] {
  const lines = keyLines(text);
  const place = (path: string): string => {
    const line = lines.get(path)?.at(-1);
    return line === undefined ? fileName : `${fileName} line ${line}`;
  };
  for (const [path, where] of lines) {
    if (where.length > 1 && (SETTING_BY_PATH.has(path) || SECTIONS.has(path))) {
      findings.problems.push(`${path} is written twice, in ${fileName} on lines ${where.join(' and ')}.`);
    }
  }
  return givenIn(document, '', { place, findings });
}

/** `undefined` when there is nothing to read, be it for a reason that is now among the findings. */
export function parseYaml(text: string, fileName: string, findings: Findings): Mapping | undefined {
  try {
    const document: unknown = Bun.YAML.parse(text);
    if (document === null || document === undefined) return undefined;
    if (isMapping(document)) return document;
    findings.problems.push(`${fileName} must be one mapping of settings, such as "log: {level: debug}".`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const line = brokenLine(text);
    findings.problems.push(`${fileName}${line === undefined ? '' : ` line ${line}`} is not YAML: ${reason}.`);
  }
  return undefined;
}

interface Context {
  readonly place: (path: string) => string;
  readonly findings: Findings;
}

function givenIn(mapping: Mapping, prefix: string, context: Context): Given[] {
  const { place, findings } = context;
  return Object.entries(mapping).flatMap(([key, value]): Given[] => {
    const path = `${prefix}${key}`;
    const setting = SETTING_BY_PATH.get(path);
    if (setting !== undefined) return givenFor(setting, value, context);
    if (!SECTIONS.has(path)) {
      findings.problems.push(`${path} (${place(path)}) is not a setting. The nearest is ${nearestPath(path)}.`);
      return [];
    }
    if (isMapping(value)) return givenIn(value, `${path}.`, context);
    if (value !== null) {
      findings.problems.push(
        `${path} (${place(path)}) is a group of settings, not a value. One of them is ${oneOf(path)}.`,
      );
    }
    return [];
  });
}

function givenFor(setting: NamedSetting, value: unknown, { place, findings }: Context): Given[] {
  const { path } = setting;
  if (value === null || value === undefined) return [];
  const text = textOf(setting, value);
  if (text === undefined) {
    const quote = typeof value === 'object' ? '' : ' Write it in quotes.';
    findings.problems.push(`${path} (${place(path)}) must be ${setting.setting.kind.expects}.${quote}`);
    return [];
  }
  return [{ setting, text, name: path, place: place(path), isRegistry: false }];
}

function textOf({ setting: { kind } }: NamedSetting, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === kind.yaml) return String(value);
  const isList = kind.yaml === 'list' && Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isList ? value.join(',') : undefined;
}

function nearestPath(path: string): string {
  const groupsAround = [...SECTIONS].filter((section) => path.startsWith(`${section}.`));
  return nearest(path, new Set([...SETTING_BY_PATH.keys(), ...SECTIONS]).difference(new Set(groupsAround)));
}

function oneOf(section: string): string {
  return ALL_SETTINGS.find(({ path }) => path.startsWith(`${section}.`))?.path ?? section;
}
