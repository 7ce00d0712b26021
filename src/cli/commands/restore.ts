import { Command } from 'commander';
import type { RestoreReport } from '../../api/backup/contract.ts';
import type { MoveProgressLine } from '../../api/backup/contract.ts';
import { restoreInWords } from '../backup-report.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { locationOf } from '../location-argument.ts';
import { MoveProgressWords } from '../move-progress.ts';
import { overridesOf, withLocalOptions, type LocalOptions } from '../where.ts';

interface Options extends LocalOptions {
  readonly snapshot?: string;
  readonly quiet?: true;
  readonly json?: true;
}

export function restore(invocation: Invocation): Command {
  const command = new Command('restore')
    .description(
      'Fill an empty installation from a backup, whatever it was made of: the database and the store are those that the configuration names (an empty data folder, or PostgreSQL and S3). Every byte is compared with its digest. Ctrl-C stops it; the next run goes on.',
    )
    .summary('Fill an empty installation from a backup.')
    .argument('<source>', 'a folder, or s3://bucket/prefix?endpoint=…&region=…')
    .option('--snapshot <time>', 'such as 20261120T234510Z (default: the newest)')
    .option('-q, --quiet', 'say nothing but errors')
    .option('--json', 'for programs: JSON on stdout')
    .action((source: string, options: Options) => run(invocation, source, options));
  return examples(withLocalOptions(command), [
    ['havre restore /mnt/backup --data /var/lib/havre'],
    ['havre restore s3://backups/registry --snapshot 20261120T234510Z'],
  ]);
}

async function run(invocation: Invocation, source: string, options: Options): Promise<void> {
  const { host } = invocation;
  const request = { source: locationOf(source), snapshot: options.snapshot };
  const words = new MoveProgressWords();
  const lines = host.restore(overridesOf(options), request, host.interruption());
  const report = await followLines<MoveProgressLine, RestoreReport>(lines, {
    output: options.quiet === true ? undefined : host.stderr,
    inWords: (line) => words.of(line),
  });
  if (options.quiet !== true || options.json === true || report.lost.length > 0) {
    invocation.show(options, { json: report, text: restoreInWords(report) });
  }
  if (report.lost.length > 0) invocation.exitCode = EXIT.failure;
}
