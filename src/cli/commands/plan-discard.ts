import { Command } from 'commander';
import { discardPlan } from '../../api/plans/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function planDiscard(invocation: Invocation): Command {
  const command = new Command('discard')
    .description('Forget a plan. What it deleted stays in the trash.')
    .argument('<id>', 'of the plan')
    .action((id: string, options: WhereOptions) => run(invocation, id, options));
  return examples(withWhereOptions(command), [['havre plan discard mi7v0k3z-4f9a2c11']]);
}

async function run(invocation: Invocation, id: string, options: WhereOptions): Promise<void> {
  const { plan } = await withAdmin(invocation, options, (connection) => ask(connection, discardPlan, { id }));
  invocation.show(options, { json: plan, text: `Plan ${id} is forgotten.` });
}
