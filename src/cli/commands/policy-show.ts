import { Command } from 'commander';
import { showPolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyInWords } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyShow(invocation: Invocation): Command {
  const command = new Command('show')
    .description('Show a policy, with its document as it was given.')
    .argument('<name>', 'of the policy')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre policy show keep-ten']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { policy } = await withAdmin(invocation, options, (connection) => ask(connection, showPolicy, { name }));
  invocation.show(options, { json: policy, text: policyInWords(policy) });
}
