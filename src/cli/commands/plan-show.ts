import { Command } from 'commander';
import { showPlan } from '../../api/plans/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { showPlanItems, type PlanViewOptions } from '../plan-view.ts';
import { withAdmin, withWhereOptions } from '../where.ts';

export function planShow(invocation: Invocation): Command {
  const command = new Command('show')
    .description('Show what a plan deletes, what goes along, what stays, and why.')
    .argument('<id>', 'of the plan')
    .option('--all', 'all of it, and not only the first 50')
    .action((id: string, options: PlanViewOptions) => run(invocation, id, options));
  return examples(withWhereOptions(command), [['havre plan show mi7v0k3z-4f9a2c11 --all']]);
}

async function run(invocation: Invocation, id: string, options: PlanViewOptions): Promise<void> {
  await withAdmin(invocation, options, async (connection) => {
    const { plan } = await ask(connection, showPlan, { id });
    await showPlanItems(invocation, options, { connection, plan });
  });
}
