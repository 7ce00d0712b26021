import { Command } from 'commander';
import { emptyTrash } from '../../api/trash/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { confirmed, withYesOption, type YesOption } from '../confirmation.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted } from '../wording.ts';

interface Options extends WhereOptions, YesOption {
  readonly id?: string;
  readonly repository?: string;
}

export function trashEmpty(invocation: Invocation): Command {
  const command = new Command('empty')
    .description(
      'End the time of what was deleted: it cannot be restored any more, and the next garbage collection frees what it kept.',
    )
    .option('--id <number>', 'only this entry of `havre trash list`')
    .option('--repository <name>', 'only what was deleted in this repository')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(withYesOption(command)), [
    ['havre trash empty --repository team/app'],
    ['havre trash empty --yes', 'all of it, without asking'],
  ]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { id, repository } = options;
  if (id !== undefined && !/^[1-9]\d{0,14}$/.test(id)) {
    throw new UsageError(`--id: "${id}" is no number of \`havre trash list\`.`);
  }
  const what =
    id === undefined ? `what was deleted ${repository === undefined ? 'anywhere' : `in ${repository}`}` : `entry ${id}`;
  if (!(await confirmed(invocation, options, `After this, ${what} cannot be restored.`))) {
    throw new CliError('Nothing was changed.');
  }
  const wanted = { ...(id !== undefined && { id: Number(id) }), ...(repository !== undefined && { repository }) };
  const emptied = await withAdmin(invocation, options, (connection) => ask(connection, emptyTrash, wanted));
  const text = `Emptied: ${counted(emptied.entries, 'entry', 'entries')}. Free the bytes now: havre garbage-collect`;
  invocation.show(options, { json: emptied, text });
}
