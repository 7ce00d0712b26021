import { Command } from 'commander';
import { listPolicyRuns } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { runTable } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyRuns(invocation: Invocation): Command {
  const command = new Command('runs')
    .description('List the newest 100 runs of a policy: what they did, by which plan, and why one failed.')
    .argument('<name>', 'of the policy')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre policy runs keep-ten']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { runs } = await withAdmin(invocation, options, (connection) => ask(connection, listPolicyRuns, { name }));
  const text = runs.length === 0 ? `Policy ${name} has never run: havre policy run ${name}` : runTable(runs);
  invocation.show(options, { json: runs, text });
}
