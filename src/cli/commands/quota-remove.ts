import { Command } from 'commander';
import { removeQuota } from '../../api/quotas/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { allQuotas } from './quota-list.ts';

export function quotaRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a quota. It holds for the next push.')
    .argument('<id-or-pattern>', 'the id that `havre quota list` shows, or the pattern as it is there')
    .action((text: string, options: WhereOptions) => run(invocation, text, options));
  return examples(withWhereOptions(command), [['havre quota remove 3'], ["havre quota remove 'team/**'"]]);
}

async function run(invocation: Invocation, text: string, options: WhereOptions): Promise<void> {
  const removed = await withAdmin(invocation, options, async (connection) => {
    const quotas = await allQuotas(connection);
    // A repository may be called 3: its own quota is meant before that of a number.
    const quota = quotas.find(({ pattern }) => pattern === text) ?? quotas.find(({ id }) => String(id) === text);
    if (quota === undefined) throw new CliError(`There is no quota ${text}. See: havre quota list`);
    return (await ask(connection, removeQuota, { id: quota.id })).quota;
  });
  invocation.show(options, { json: removed, text: `Removed: the quota of repositories ${removed.pattern}.` });
}
