import { Command, InvalidArgumentError } from 'commander';
import { collectGarbage, type CollectionReport } from '../../api/garbage-collection/contract.ts';
import { askLines } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { CliError, RefusedError } from '../cli-error.ts';
import { collectionInWords, progressInWords } from '../collection-report.ts';
import { overridesWithFile } from '../config-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progress-line.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly dryRun?: true;
  readonly deleteUntagged?: true;
  readonly purge?: true;
  readonly quiet?: true;
  readonly graceSeconds?: number;
}

export function garbageCollect(invocation: Invocation): Command {
  const command = new Command('garbage-collect')
    .alias('gc')
    .description(
      'Remove what nothing refers to, and free its space. Safe while serving: nobody waits, nothing new is taken. Ctrl-C stops it; the next run goes on.',
    )
    .summary('Remove what nothing refers to, and free its space.')
    .argument('[config]', 'the same as --config')
    .option('-d, --dry-run', 'say what would go, and change nothing')
    .option(
      '-m, --delete-untagged',
      'manifests go to the trash, too, that have no tag, and that no index or subject keeps',
    )
    .option('--purge', 'free what is in the trash, too: it cannot be restored any more')
    .option('-q, --quiet', 'say nothing but errors')
    .option('--grace-seconds <seconds>', 'leave alone what is younger (default: as configured, an hour)', parseSeconds)
    .action((file: string | undefined, options: Options) => run(invocation, file, options));
  return examples(withWhereOptions(command), [
    ['havre garbage-collect --dry-run'],
    ['havre garbage-collect --delete-untagged', 'old pushes of a tag that moved'],
    ['havre garbage-collect --delete-untagged --purge', 'and their space is free at once, for good'],
    ['havre garbage-collect --grace-seconds 0', 'also what was deleted a minute ago, when nobody pushes'],
    ['bin/registry garbage-collect /etc/docker/registry/config.yml', 'as for distribution'],
  ]);
}

function parseSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds.');
}

async function run(invocation: Invocation, file: string | undefined, options: Options): Promise<void> {
  const { config } = await overridesWithFile(invocation, options, file);
  const where = config === undefined ? options : { ...options, config };
  const report = await withAdmin(invocation, where, (connection) => collect(invocation, connection, options));
  if (options.quiet !== true || options.json === true) {
    invocation.show(options, { json: report, text: collectionInWords(report) });
  }
}

async function collect(
  { host }: Invocation,
  connection: AdminConnection,
  { dryRun, deleteUntagged, purge, quiet, graceSeconds }: Options,
): Promise<CollectionReport> {
  const wanted = { dryRun: dryRun === true, deleteUntagged: deleteUntagged === true, purge: purge === true };
  const input = { ...wanted, graceSeconds };
  const progress = new ProgressLine(quiet === true ? undefined : host.stderr);
  try {
    for await (const line of askLines(connection, collectGarbage, input, host.interruption())) {
      if (line.event === 'progress') progress.show(progressInWords(line));
      else if (line.event === 'done') return line.report;
      else throw new RefusedError(line.problem.type.split('/').at(-1) ?? '', line.problem.detail);
    }
  } finally {
    progress.clear();
  }
  throw new CliError('The server ended without a report. Its log says why.');
}
