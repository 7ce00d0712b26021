import { Command } from 'commander';
import { listPlans } from '../../api/plans/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { planListTable } from '../plan-report.ts';
import { namedRegistry } from '../registry-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly registry?: string;
}

export function planList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the newest 100 plans.')
    .option('--registry <name>', 'those for a connected registry: its name or id')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre plan list'], ['havre plan list --registry ghcr']]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { registry } = options;
  const { plans } = await withAdmin(invocation, options, async (connection) => {
    if (registry === undefined) return ask(connection, listPlans, {});
    return ask(connection, listPlans, { registry: (await namedRegistry(connection, registry, {})).id });
  });
  const text =
    plans.length === 0 ? "There are no plans. Make one: havre plan create 'team/app:pr-*'" : planListTable(plans);
  invocation.show(options, { json: plans, text });
}
