import { Command, InvalidArgumentError } from 'commander';
import { makeBackup, type BackupReport } from '../../api/backup/contract.ts';
import type { MoveProgressLine } from '../../api/backup/contract.ts';
import { askLines } from '../admin-client.ts';
import { backupInWords } from '../backup-report.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { locationOf } from '../location-argument.ts';
import { MoveProgressWords } from '../move-progress.ts';
import { overridesOf, withLocalOptions, type LocalOptions } from '../where.ts';

interface Options extends LocalOptions {
  readonly keep?: number;
  readonly verify?: true;
  readonly quiet?: true;
  readonly json?: true;
}

export function backup(invocation: Invocation): Command {
  const command = new Command('backup')
    .description(
      'Copy everything into a folder or a bucket, while serving: the facts of one moment, and exactly the bytes they name. Only what is new is copied. Ctrl-C stops it; the next run goes on. The backup holds hashes of passwords and keys, and is for its owner alone to read.',
    )
    .summary('Copy everything into a folder or a bucket, while serving.')
    .argument('<target>', 'a folder, as the server sees it, or s3://bucket/prefix?endpoint=…&region=…')
    .option('--keep <snapshots>', 'remove older snapshots than these, and what only they need', parseCount)
    .option('--verify', 'read what is in the backup already, and copy again what is damaged there')
    .option('-q, --quiet', 'say nothing but errors')
    .option('--json', 'for programs: JSON on stdout')
    .action((target: string, options: Options) => run(invocation, target, options));
  return examples(withLocalOptions(command), [
    ['havre backup /mnt/backup'],
    ['havre backup --keep 30 --quiet s3://backups/registry', 'every night, by cron'],
    ['cd /mnt/backup && sha256sum --check --quiet snapshots/20261120T234510Z/SHA256SUMS', 'without Havre'],
  ]);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

async function run(invocation: Invocation, target: string, options: Options): Promise<void> {
  const { host } = invocation;
  const connection = await host.localAdmin(overridesOf(options));
  try {
    const input = { target: locationOf(target), keep: options.keep, verify: options.verify === true };
    const words = new MoveProgressWords();
    const lines = askLines(connection, makeBackup, input, host.interruption());
    const report = await followLines<MoveProgressLine, BackupReport>(lines, {
      output: options.quiet === true ? undefined : host.stderr,
      inWords: (line) => words.of(line),
    });
    if (options.quiet !== true || options.json === true || report.lost.length > 0) {
      invocation.show(options, { json: report, text: backupInWords(report) });
    }
    if (report.lost.length > 0) invocation.exitCode = EXIT.failure;
  } finally {
    await connection.close();
  }
}
