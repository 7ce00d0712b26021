import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { distributionVariables } from './distribution-file.ts';
import { parseDotenv } from './dotenv.ts';
import type { Findings, Given } from '../given.ts';
import { nearest } from '../nearest.ts';
import { ALL_SETTINGS, CONFIG_FILE, SETTINGS } from '../settings.ts';
import { variableSettings, type Variable } from './variable-settings.ts';
import { parseYaml, yamlSettings } from './yaml-settings.ts';

interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Every value that somebody gave, from the strongest to the weakest. */
export function gatherSettings({ env, overrides, cwd }: Sources, findings: Findings): Given[] {
  const variables = [...environmentVariables(env), ...dotenvVariables(join(cwd, '.env'), env, findings)];
  const given = [...overrideSettings(overrides, findings), ...variableSettings(variables, findings)];
  const file = [
    overrides[CONFIG_FILE.path],
    ...variables.filter(({ name }) => name === CONFIG_FILE.variable).map(({ value }) => value),
  ].find((name) => name !== undefined && name !== '');
  return [...given, ...fileSettings(file, given, { cwd, findings })];
}

function environmentVariables(env: Sources['env']): Variable[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value, place: 'environment', unset: [] }],
  );
}

function dotenvVariables(path: string, env: Sources['env'], findings: Findings): Variable[] {
  const { variables, oddLines } = parseDotenv(readText(path, findings) ?? '', env);
  for (const { line, text } of oddLines) {
    if (/HAVRE_/.test(text)) findings.problems.push(`.env line ${line} is not an assignment: a quote may be missing.`);
    else findings.warnings.push(`.env line ${line} is ignored: it is not an assignment.`);
  }
  // Of a variable that is assigned twice, the last one counts.
  const last = new Map(variables.map((variable) => [variable.name, variable]));
  return [...last.values()].map(({ line, ...variable }) => ({ ...variable, place: `.env line ${line}` }));
}

function overrideSettings(overrides: Sources['overrides'], findings: Findings): Given[] {
  return Object.entries(overrides).flatMap(([path, text]): Given[] => {
    if (text === undefined || text === '' || path === CONFIG_FILE.path) return [];
    const setting = ALL_SETTINGS.find((named) => named.path === path);
    if (setting !== undefined) return [{ setting, text, name: path, place: 'command line', isRegistry: false }];
    const known = nearest(
      path,
      ALL_SETTINGS.map((named) => named.path),
    );
    findings.problems.push(`${path} (command line) is not a setting. The nearest is ${known}.`);
    return [];
  });
}

interface FileContext {
  readonly cwd: string;
  readonly findings: Findings;
}

/** @param named by the operator: such a file must be there. */
function fileSettings(named: string | undefined, given: readonly Given[], context: FileContext): Given[] {
  const { cwd, findings } = context;
  if (named !== undefined) {
    const text = readText(resolve(cwd, named), findings);
    if (text !== undefined) return settingsIn(text, named, findings);
    findings.problems.push(`The configuration file ${named} cannot be found.`);
    return [];
  }
  const data = given.find(({ setting }) => setting.path === 'data')?.text ?? SETTINGS.data.default;
  for (const [folder, shown] of [
    [cwd, ''],
    [resolve(cwd, data), `${data}/`],
  ] as const) {
    const text = readText(join(folder, CONFIG_FILE.default), findings);
    if (text !== undefined) return settingsIn(text, `${shown}${CONFIG_FILE.default}`, findings);
  }
  return [];
}

function settingsIn(text: string, fileName: string, findings: Findings): Given[] {
  const document = parseYaml(text, fileName, findings);
  if (document === undefined) return [];
  const theirs = distributionVariables(document, fileName);
  return theirs === undefined ? yamlSettings(document, text, fileName, findings) : variableSettings(theirs, findings);
}

/** `undefined` when there is no such file. A folder of that name (`.env` is one to Python) is no file. */
function readText(path: string, findings: Findings): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code ?? ''))
      findings.problems.push(`${path} cannot be read: ${message}.`);
    return undefined;
  }
}
