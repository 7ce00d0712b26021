import { Command } from 'commander';
import { runPolicy, showPolicy, type PolicyReply, type RunReport } from '../../api/policies/contract.ts';
import { ask, askLines } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import { confirmed, withYesOption, type YesOption } from '../confirmation.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { planProgressInWords, type PlanProgressLine } from '../plan-progress.ts';
import { keptInWords, type KeptLine } from '../plan-report.ts';
import { registryInWords, reportInWords } from '../policy-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, YesOption {
  readonly dryRun?: true;
}

export function policyRun(invocation: Invocation): Command {
  const command = new Command('run')
    .description(
      'Run a policy now, enabled or not. What it says goes into the trash: havre restore --plan; at a connected registry it goes for good. Ctrl-C stops it.',
    )
    .argument('<name>', 'of the policy')
    .option('-d, --dry-run', 'only say what would go')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(withYesOption(command)), [
    ['havre policy run keep-ten'],
    ['havre policy run keep-ten --dry-run'],
    ['havre policy run pulls --yes', 'for a connected registry'],
  ]);
}

type SaidLine = ({ readonly event: 'progress' } & PlanProgressLine) | KeptLine;

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const { host } = invocation;
  const report = await withAdmin(invocation, options, async (connection) => {
    const { policy } = await ask(connection, showPolicy, { name });
    const isForGood = policy.registry !== null && options.dryRun !== true && !policy.isDryRun;
    if (isForGood && !(await confirmed(invocation, options, warningOf(policy)))) {
      throw new CliError('Nothing was deleted.');
    }
    const input = { name, ...(options.dryRun === true && { dryRun: true }) };
    return followLines<SaidLine, RunReport>(askLines(connection, runPolicy, input, host.interruption()), {
      output: host.stderr,
      inWords: (line) => (line.event === 'progress' ? planProgressInWords(line) : undefined),
      onLine: (line, progress) => {
        if (line.event === 'progress' || options.json === true) return;
        progress.clear();
        host.stderr.write(`${keptInWords(line)}\n`);
      },
    });
  });
  invocation.show(options, { json: report, text: reportInWords(report) });
}

function warningOf({ name, registry }: PolicyReply): string {
  return `Policy ${name} deletes at ${registryInWords(registry)}, which has no trash: what goes cannot be restored.\nSee what that is: havre policy preview ${name}`;
}
