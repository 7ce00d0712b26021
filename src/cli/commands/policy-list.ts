import { Command } from 'commander';
import { listPolicies } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { everyPage } from '../every-page.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyTable } from '../policy-report.ts';
import { namedRegistry } from '../registry-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly registry?: string;
}

export function policyList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List lifecycle policies.')
    .option('--registry <name>', 'those for a connected registry: its name or id')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre policy list'], ['havre policy list --registry ghcr']]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const policies = await withAdmin(invocation, options, async (connection) => {
    const filter =
      options.registry === undefined ? {} : { registry: (await namedRegistry(connection, options.registry, {})).id };
    return everyPage(
      (page) => ask(connection, listPolicies, { ...page, ...filter }),
      (page) => page.policies,
    );
  });
  const text =
    policies.length === 0
      ? "There are no policies. Add one: havre policy add keep-ten --preset ecr-seed --repository 'team/**'"
      : policyTable(policies);
  invocation.show(options, { json: policies, text });
}
