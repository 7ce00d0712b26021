import { Command } from 'commander';
import { EXIT } from '../cli-error.ts';
import type { Finding, Level } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { overridesOf, withLocalOptions, type LocalOptions } from '../where.ts';
import { counted } from '../wording.ts';

interface Options extends LocalOptions {
  readonly json?: true;
}

export function doctor(invocation: Invocation): Command {
  const command = new Command('doctor')
    .description(
      'Look at configuration, data folder, disk, ports, certificates and clock, and say what is wrong and what to do. Changes nothing. Exit code 1 when something is wrong.',
    )
    .summary('Say what is wrong with this installation, and what to do.')
    .option('--json', 'for programs: JSON on stdout')
    .action((options: Options) => run(invocation, options));
  return examples(withLocalOptions(command), [['havre doctor'], ['havre doctor --data /srv/havre --json']]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { host } = invocation;
  const findings = await examine(host.diagnosis, overridesOf(options), () => host.now());
  const isWell = findings.every(({ level }) => level !== 'fail');
  if (!isWell) invocation.exitCode = EXIT.failure;
  invocation.show(options, { json: { ok: isWell, findings }, text: findingsInWords(findings) });
}

const MARK: Readonly<Record<Level, string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

function findingsInWords(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ about, level, message, advice }) => [
    `${MARK[level]}  ${about.padEnd(width)}  ${message}`,
    ...(advice === undefined ? [] : [`${' '.repeat(width + 8)}-> ${advice}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Level): number => findings.filter(({ level }) => level === wanted).length;
  if (count('fail') > 0)
    return `${counted(count('fail'), 'thing')} to put right, ${counted(count('warn'), 'warning')}.`;
  return count('warn') > 0 ? `It works, with ${counted(count('warn'), 'warning')}.` : 'All is well.';
}
