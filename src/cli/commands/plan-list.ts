import { Command } from 'commander';
import { listPlans } from '../../api/plans/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { planListTable } from '../plan-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function planList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the newest 100 plans.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre plan list']]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const { plans } = await withAdmin(invocation, options, (connection) => ask(connection, listPlans, {}));
  const text =
    plans.length === 0 ? "There are no plans. Make one: havre plan create 'team/app:pr-*'" : planListTable(plans);
  invocation.show(options, { json: plans, text });
}
