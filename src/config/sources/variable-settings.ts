import type { Findings, Given } from '../given.ts';
import { nearest } from '../nearest.ts';
import { adviceOn } from './registry-variables.ts';
import type { NamedSetting } from '../setting.ts';
import { ALL_SETTINGS, CONFIG_FILE } from '../settings.ts';

/** A variable, and where it stands. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  /** `environment`, or `.env line 3`. */
  readonly place: string;
  /** Variables it names that nobody sets. */
  readonly unset: readonly string[];
  /** Where it is not a variable but an entry of a file. */
  readonly writtenAs?: string;
}

const BY_VARIABLE: ReadonlyMap<string, NamedSetting> = new Map(ALL_SETTINGS.map((named) => [named.variable, named]));
const BY_REGISTRY_VARIABLE: ReadonlyMap<string, NamedSetting> = new Map(
  ALL_SETTINGS.flatMap((named) => {
    const name = named.setting.registry?.name;
    return name === undefined ? [] : [[name, named] as const];
  }),
);

/**
 * What Kubernetes puts into every container for a Service named `havre` or `registry`, and Docker for a linked one:
 * `HAVRE_PORT=tcp://10.0.0.1:5000`, `HAVRE_SERVICE_HOST`, `HAVRE_PORT_5000_TCP_ADDR`. Nobody meant them as settings.
 */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$|_ENV_\w+$/;

function isServiceLink({ name, value }: Variable): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value));
}

/** The settings that variables make, ours before distribution's. An empty variable is not set. */
export function variableSettings(variables: readonly Variable[], findings: Findings): Given[] {
  const given: Given[] = [];
  const unknown: Variable[] = [];
  for (const variable of variables) {
    if (variable.value === '' || variable.name === CONFIG_FILE.variable || isServiceLink(variable)) continue;
    if (!/^(?:HAVRE|REGISTRY)_/.test(variable.name)) continue;
    const made = givenBy(variable);
    if (made === undefined) unknown.push(variable);
    else given.push(made);
    if (made !== undefined && variable.unset.length > 0) findings.warnings.push(unsetWarning(variable));
  }
  reportUnknown(unknown, findings);
  return [...given.filter(({ isRegistry }) => !isRegistry), ...given.filter(({ isRegistry }) => isRegistry)];
}

function givenBy({ name, value, place, writtenAs = name }: Variable): Given | undefined {
  const ours = BY_VARIABLE.get(name);
  if (ours !== undefined) return { setting: ours, text: value, name, place, isRegistry: false };
  const theirs = BY_REGISTRY_VARIABLE.get(name);
  return theirs && { setting: theirs, text: inOurWords(theirs, value), name: writtenAs, place, isRegistry: true };
}

function unsetWarning({ name, place, unset }: Variable): string {
  const [first = ''] = unset;
  return `${name} (${place}) names ${first}, which is not set, so that nothing stands there. A dollar sign is written $$.`;
}

function inOurWords({ setting }: NamedSetting, value: string): string {
  const words = setting.registry?.values ?? {};
  return (Object.hasOwn(words, value) ? words[value] : undefined) ?? value;
}

function nearestVariable(name: string): string {
  return nearest(name, [...BY_VARIABLE.keys(), CONFIG_FILE.variable]);
}

/** Variables with one piece of advice between them are one warning. */
function reportUnknown(unknown: readonly Variable[], { problems, warnings }: Findings): void {
  const ignored = new Map<string, string[]>();
  for (const { name, value, place, writtenAs = name } of unknown) {
    const written = `${writtenAs} (${place})`;
    if (name.startsWith('HAVRE_')) {
      problems.push(`${written} is not a setting. The nearest is ${nearestVariable(name)}.`);
      continue;
    }
    const fate = adviceOn(name, value);
    if (fate?.stops === true) problems.push(`${written} cannot be followed: ${fate.advice}.`);
    else if (fate !== undefined) ignored.set(fate.advice, [...(ignored.get(fate.advice) ?? []), written]);
  }
  for (const [advice, names] of ignored) {
    warnings.push(`${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ignored: ${advice}.`);
  }
}
