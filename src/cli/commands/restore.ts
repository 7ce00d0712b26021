import { Command } from 'commander';
import { restoreTrash } from '../../api/trash/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { contentArgument, type NamedContent } from '../content-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { restorationInWords } from '../restoration-report.ts';
import { restoreBackup, type RestoreBackupOptions } from '../restore-backup.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, RestoreBackupOptions {
  readonly json?: true;
  readonly id?: string;
  readonly plan?: string;
}

export function restore(invocation: Invocation): Command {
  const command = new Command('restore')
    .description(
      'Bring back what was deleted, with all that belongs to it: a tag, a manifest, a whole repository (what was deleted last under that name), or what one act or one plan deleted. A tag that exists by now stays as it is.\n\nOr fill an empty installation from a backup, whatever it was made of: the database and the store are those that the configuration names (an empty data folder, or PostgreSQL and S3). Every byte is compared with its digest. Ctrl-C stops it; the next run goes on.',
    )
    .summary('Bring back what was deleted, or fill an empty installation from a backup.')
    .argument(
      '[what]',
      'NAME, NAME:TAG or NAME@DIGEST; or the place of a backup: s3://bucket/prefix?endpoint=…&region=…, or a folder that begins with / or ./',
    )
    .option('--id <number>', 'what one act deleted: the number that `havre trash list` shows')
    .option('--plan <id>', 'what a plan deleted')
    .option('--snapshot <time>', 'of a backup: such as 20261120T234510Z (default: the newest)')
    .option('-q, --quiet', 'of a backup: say nothing but errors')
    .action((what: string | undefined, options: Options) => run(invocation, what, options));
  return examples(withWhereOptions(command), [
    ['havre restore team/app:1.4', 'a tag, with its manifest'],
    ['havre restore team/app', 'a repository that was deleted whole'],
    ['havre restore --id 17', 'what one act deleted'],
    ['havre restore /mnt/backup --data /var/lib/havre', 'a backup'],
    ['havre restore s3://backups/registry --snapshot 20261120T234510Z'],
  ]);
}

async function run(invocation: Invocation, what: string | undefined, options: Options): Promise<void> {
  if (what !== undefined && isPlace(what)) {
    if (options.id !== undefined || options.plan !== undefined || options.server !== undefined) {
      throw new UsageError('--id, --plan and --server are for what was deleted, not for a backup.');
    }
    return restoreBackup(invocation, what, options);
  }
  if (options.snapshot !== undefined) {
    throw new UsageError(
      `--snapshot is for backups. A folder of them begins with / or ./, such as ./${what ?? 'backup'}.`,
    );
  }
  const target = targetOf(what, options);
  const report = await withAdmin(invocation, options, (connection) => ask(connection, restoreTrash, target));
  invocation.show(options, { json: report, text: restorationInWords(report) });
}

/** A name of a repository begins with a letter or a digit, and has no scheme. */
function isPlace(what: string): boolean {
  return /^(?:[a-z0-9+]+:\/\/|[/.~\\]|[a-zA-Z]:\\)/.test(what);
}

function targetOf(
  what: string | undefined,
  { id, plan }: Options,
): NamedContent | { readonly id: number } | { readonly planId: string } {
  if ([what, id, plan].filter((name) => name !== undefined).length !== 1) {
    throw new UsageError('Say one of: what to restore, --id or --plan.');
  }
  if (plan !== undefined) return { planId: plan };
  if (id === undefined) return contentArgument(what ?? '');
  if (!/^[1-9]\d{0,14}$/.test(id)) throw new UsageError(`--id: "${id}" is no number of \`havre trash list\`.`);
  return { id: Number(id) };
}
