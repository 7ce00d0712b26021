import type { Registry, RegistryTest } from '../api/registries/contract.ts';
import { table } from './table.ts';
import { counted, printable, timeInWords } from './wording.ts';

export function registryTable(registries: readonly Registry[]): string {
  return table(
    ['id', 'name', 'project', 'kind', 'url', 'username', 'state', 'secret'],
    registries.map((one) => [
      one.id,
      one.name,
      one.project,
      one.kind,
      one.url,
      one.username,
      one.health.state,
      secretInWords(one),
    ]),
  );
}

export function registryInWords(registry: Registry): string {
  const { credential, health } = registry;
  const lines: readonly (readonly [string, string | null])[] = [
    ['id', registry.id],
    ['name', registry.name],
    ['project', registry.project],
    ['kind', registry.kind],
    ['url', registry.isPlainHttp ? `http://${registry.url}` : registry.url],
    ['region', registry.region],
    ['form', registry.form],
    ['username', registry.username],
    ...Object.entries(registry.fields),
    ['secret', secretInWords(registry)],
    ['rotation', rotationInWords(credential)],
    ['test repository', registry.testRepository],
    ['added', `by ${registry.addedBy}, ${timeInWords(registry.createdAt)}`],
    ['state', health.state],
    ['checked', health.checkedAt === null ? null : timeInWords(health.checkedAt)],
    ['last success', health.succeededAt === null ? null : timeInWords(health.succeededAt)],
    ['problem', health.problem?.message ?? null],
    ['may', health.report === null ? null : abilitiesInWords(health.report.abilities)],
  ];
  const shown = lines.filter((line): line is readonly [string, string] => line[1] !== null && line[1] !== '');
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}`).join('\n');
}

/** What came of a test, a line for each thing worth knowing. */
export function testInWords({ outcome, message, report }: RegistryTest): string {
  if (outcome !== 'ok') return `It does not work (${outcome}): ${printable(message)}`;
  if (report === null) return 'It works.';
  const { account, secretExpiresAt, abilities, remarks } = report;
  return [
    `It works${account === null ? '' : `, as ${printable(account)}`}: ${abilitiesInWords(abilities)}.`,
    ...(secretExpiresAt === null ? [] : [`The secret ends ${timeInWords(secretExpiresAt)}.`]),
    ...remarks.map(printable),
  ].join('\n');
}

type Abilities = NonNullable<RegistryTest['report']>['abilities'];

function abilitiesInWords(abilities: Abilities): string {
  const of = (answer: Abilities['pull']): string =>
    Object.entries(abilities)
      .flatMap(([ability, given]) => (given === answer ? [ability] : []))
      .join(', ');
  const [may, mayNot, unknown] = [of('yes'), of('no'), of('unknown')];
  return [
    ...(may === '' ? [] : [may]),
    ...(mayNot === '' ? [] : [`not ${mayNot}`]),
    ...(unknown === '' ? [] : [`${unknown}: it does not say`]),
  ].join('; ');
}

function secretInWords({ hasSecret, logsIn, credential }: Registry): string {
  if (!hasSecret) return logsIn ? "the machine's" : 'none';
  const { ageDays, expiresAt, isRotationDue } = credential;
  const age = `${counted(ageDays, 'day')} old`;
  const end = expiresAt === null ? '' : `, ends ${expiresAt.slice(0, 10)}`;
  return `${age}${end}${isRotationDue ? ', to be replaced' : ''}`;
}

function rotationInWords({ rotation, isAutomatic }: Registry['credential']): string | null {
  if (rotation === 'tested') return 'a new secret was tried, and waits';
  if (rotation === 'switched') return 'a new secret is in use, the old one is kept until that is confirmed';
  return isAutomatic ? 'by itself' : null;
}
