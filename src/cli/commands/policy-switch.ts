import { Command } from 'commander';
import { changePolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyTable } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyEnable(invocation: Invocation): Command {
  return switching(invocation, 'enable', 'Follow the schedule of a policy, from its next time on.');
}

export function policyDisable(invocation: Invocation): Command {
  return switching(invocation, 'disable', 'Do not follow the schedule of a policy. It can still be run.');
}

function switching(invocation: Invocation, verb: 'enable' | 'disable', what: string): Command {
  const command = new Command(verb)
    .description(what)
    .argument('<name>', 'of the policy')
    .action((name: string, options: WhereOptions) => run(invocation, { name, verb }, options));
  return examples(withWhereOptions(command), [[`havre policy ${verb} keep-ten`]]);
}

async function run(
  invocation: Invocation,
  { name, verb }: { readonly name: string; readonly verb: 'enable' | 'disable' },
  options: WhereOptions,
): Promise<void> {
  const isEnabled = verb === 'enable';
  const { policy } = await withAdmin(invocation, options, (connection) =>
    ask(connection, changePolicy, { name, isEnabled }),
  );
  invocation.show(options, { json: policy, text: policyTable([policy]) });
}
