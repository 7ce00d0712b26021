import { Command } from 'commander';
import { removePolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a policy, and the history of its runs. What it deleted stays in the trash.')
    .argument('<name>', 'of the policy')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre policy remove keep-ten']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { policy } = await withAdmin(invocation, options, (connection) => ask(connection, removePolicy, { name }));
  invocation.show(options, { json: policy, text: `Removed: policy ${name}.` });
}
