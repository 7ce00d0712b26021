import { Command } from 'commander';
import { addPolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyDocument, withKindOption, type DocumentOptions } from '../policy-document.ts';
import { policyTable } from '../policy-report.ts';
import { namedRegistry } from '../registry-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, DocumentOptions {
  readonly repository: string[];
  readonly registry?: string;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly disabled?: true;
  readonly dryRunOnly?: true;
}

export function policyAdd(invocation: Invocation): Command {
  const command = new Command('add')
    .description('Attach a lifecycle policy to repositories. What is wrong with it is said by field.')
    .argument('<name>', 'of the policy')
    .argument('[file]', 'its document, in JSON or YAML: that of ECR as it is, our own form, and those of others')
    .requiredOption('--repository <pattern...>', 'repositories: team/app, team/*, team/**, **')
    .option('--registry <name>', 'of a connected registry, and not of this one: its name or id')
    .option('--preset <name>', 'in the place of a file: one of `havre policy presets`')
    .option('--schedule <cron>', 'when it runs: "30 3 * * *", @daily (default: when told)')
    .option('--time-zone <name>', 'of the schedule: Europe/Paris (default: UTC)')
    .option('--disabled', 'do not follow its schedule yet')
    .option('--dry-run-only', 'its runs only say what would go')
    .action((name: string, file: string | undefined, options: Options) => run(invocation, { name, file }, options));
  return examples(withWhereOptions(withKindOption(command)), [
    [
      "havre policy add keep-ten lifecycle.json --repository 'team/**' --schedule '30 3 * * *' --time-zone Europe/Paris",
    ],
    ["havre policy add seed --preset ecr-seed --repository '**' --dry-run-only"],
    ['havre policy add releases havre-policy.yaml --repository team/app'],
    ["havre policy add pulls lifecycle.json --registry ghcr --repository 'team/*' --schedule @daily"],
  ]);
}

async function run(
  invocation: Invocation,
  { name, file }: { readonly name: string; readonly file: string | undefined },
  options: Options,
): Promise<void> {
  const { policy } = await withAdmin(invocation, options, async (connection) => {
    const document = await policyDocument(connection, file, options);
    const registry = options.registry === undefined ? null : (await namedRegistry(connection, options.registry, {})).id;
    return ask(connection, addPolicy, {
      name,
      registry,
      ...document,
      patterns: options.repository,
      schedule: options.schedule ?? null,
      isEnabled: options.disabled !== true,
      isDryRun: options.dryRunOnly === true,
      ...(options.timeZone !== undefined && { timeZone: options.timeZone }),
    });
  });
  const text = `${policyTable([policy])}\nSee what it would do: havre policy preview ${name}`;
  invocation.show(options, { json: policy, text });
}
