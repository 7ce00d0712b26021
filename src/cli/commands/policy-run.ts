import { Command } from 'commander';
import { runPolicy, type RunReport } from '../../api/policies/contract.ts';
import { askLines } from '../admin-client.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { planProgressInWords, type PlanProgressLine } from '../plan-progress.ts';
import { reportInWords } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly dryRun?: true;
}

export function policyRun(invocation: Invocation): Command {
  const command = new Command('run')
    .description(
      'Run a policy now, enabled or not. What it says goes into the trash: havre restore --plan. Ctrl-C stops it.',
    )
    .argument('<name>', 'of the policy')
    .option('-d, --dry-run', 'only say what would go')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre policy run keep-ten'], ['havre policy run keep-ten --dry-run']]);
}

type SaidLine = ({ readonly event: 'progress' } & PlanProgressLine) | { readonly event: 'kept' };

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const { host } = invocation;
  const report = await withAdmin(invocation, options, (connection) => {
    const input = { name, ...(options.dryRun === true && { dryRun: true }) };
    return followLines<SaidLine, RunReport>(askLines(connection, runPolicy, input, host.interruption()), {
      output: host.stderr,
      inWords: (line) => (line.event === 'progress' ? planProgressInWords(line) : undefined),
    });
  });
  invocation.show(options, { json: report, text: reportInWords(report) });
}
