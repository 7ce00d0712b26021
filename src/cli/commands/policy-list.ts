import { Command } from 'commander';
import { listPolicies, type PolicyReply } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyTable } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List lifecycle policies.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre policy list']]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const policies = await withAdmin(invocation, options, async (connection) => {
    const found: PolicyReply[] = [];
    let after: string | undefined;
    do {
      const page = await ask(connection, listPolicies, { limit: 1000, ...(after !== undefined && { after }) });
      found.push(...page.policies);
      after = page.next ?? undefined;
    } while (after !== undefined);
    return found;
  });
  const text =
    policies.length === 0
      ? "There are no policies. Add one: havre policy add keep-ten --preset ecr-seed --repository 'team/**'"
      : policyTable(policies);
  invocation.show(options, { json: policies, text });
}
