import { Command, InvalidArgumentError } from 'commander';
import { applyPlan, showPlan, type ApplyLine, type PlanReply } from '../../api/plans/contract.ts';
import { ask, askLines } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { confirmed, withYesOption, type YesOption } from '../confirmation.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { planProgressInWords } from '../plan-progress.ts';
import { changeInWords, keptInWords, planInWords } from '../plan-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, YesOption {
  readonly digest?: string;
  readonly allowChange?: number;
}

export function planApply(invocation: Invocation): Command {
  const command = new Command('apply')
    .description(
      'Delete what a plan says. It is made again first: what changed since is never deleted, and when more changed than may, nothing is. All of it can be restored: havre restore --plan; but nothing of what a plan deletes at another registry. Ctrl-C stops it; applying it again goes on.',
    )
    .summary('Delete what a plan says.')
    .argument('<id>', 'of the plan')
    .option('--digest <digest>', 'of the plan that you looked at; another one is refused')
    .option('--allow-change <percent>', 'how much of it may have changed: 10% (default: as configured)', parsePercent)
    .action((id: string, options: Options) => run(invocation, id, options));
  return examples(withWhereOptions(withYesOption(command)), [
    ['havre plan apply mi7v0k3z-4f9a2c11 --digest sha256:…'],
    ['havre plan apply mi7v0k3z-4f9a2c11 --allow-change 10% --yes'],
  ]);
}

function parsePercent(text: string): number {
  const [, number] = /^(\d{1,3}(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (number !== undefined && Number(number) <= 100) return Number(number);
  throw new InvalidArgumentError('It must be between 0% and 100%.');
}

async function run(invocation: Invocation, id: string, options: Options): Promise<void> {
  await withAdmin(invocation, options, async (connection) => {
    if (options.digest === undefined) {
      const { plan } = await ask(connection, showPlan, { id });
      const isWanted = await confirmed(invocation, options, planInWords(plan));
      if (!isWanted) throw new CliError('Nothing was deleted.');
    }
    const plan = await apply(invocation, connection, { id, options });
    invocation.show(options, { json: plan, text: planInWords(plan) });
  });
}

type SaidLine = Exclude<ApplyLine, { readonly event: 'done' | 'failed' }>;

function apply(
  { host }: Invocation,
  connection: AdminConnection,
  { id, options: { digest, allowChange, json } }: { readonly id: string; readonly options: Options },
): Promise<PlanReply> {
  const input = { id, digest, allowChangePercent: allowChange };
  return followLines<SaidLine, PlanReply>(askLines(connection, applyPlan, input, host.interruption()), {
    output: host.stderr,
    inWords: (line) => (line.event === 'progress' ? planProgressInWords(line) : undefined),
    onLine: (line, progress) => {
      if (line.event === 'progress' || json === true) return;
      progress.clear();
      host.stderr.write(`${saidInWords(line)}\n`);
    },
  });
}

function saidInWords(line: Exclude<SaidLine, { readonly event: 'progress' }>): string {
  return line.event === 'changed' ? changeInWords(line.change) : keptInWords(line);
}
