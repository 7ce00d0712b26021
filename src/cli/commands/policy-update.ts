import { Command } from 'commander';
import { changePolicy } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { policyDocument, withKindOption, type DocumentOptions } from '../policy-document.ts';
import { policyTable } from '../policy-report.ts';
import { namedRegistry } from '../registry-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, DocumentOptions {
  readonly repository?: string[];
  readonly registry?: string;
  readonly here?: true;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly dryRunOnly?: true;
  readonly forReal?: true;
}

export function policyUpdate(invocation: Invocation): Command {
  const command = new Command('update')
    .description('Change what is named of a policy, and leave the rest as it is.')
    .argument('<name>', 'of the policy')
    .argument('[file]', 'another document in the place of the one it has')
    .option('--repository <pattern...>', 'all repositories that it is for from now on')
    .option('--registry <name>', 'what it is for from now on: a connected registry, by its name or id')
    .option('--here', 'it is for this registry from now on')
    .option('--preset <name>', 'in the place of a file: one of `havre policy presets`')
    .option('--schedule <cron>', 'when it runs: "30 3 * * *", @daily; none: when told')
    .option('--time-zone <name>', 'of the schedule: Europe/Paris')
    .option('--dry-run-only', 'its runs only say what would go')
    .option('--for-real', 'its runs delete what they say')
    .action((name: string, file: string | undefined, options: Options) => run(invocation, { name, file }, options));
  return examples(withWhereOptions(withKindOption(command)), [
    ["havre policy update keep-ten --schedule '30 4 * * *' --time-zone Europe/Paris"],
    ['havre policy update keep-ten lifecycle.json'],
    ['havre policy update seed --for-real'],
    ['havre policy update pulls --registry ghcr'],
  ]);
}

async function run(
  invocation: Invocation,
  { name, file }: { readonly name: string; readonly file: string | undefined },
  options: Options,
): Promise<void> {
  const { repository, registry, here, schedule, timeZone, dryRunOnly, forReal } = options;
  if (dryRunOnly && forReal) throw new UsageError('Say --dry-run-only or --for-real, not both.');
  if (registry !== undefined && here) throw new UsageError('Say --registry or --here, not both.');
  const hasDocument = file !== undefined || options.preset !== undefined;
  const changes = {
    ...(here && { registry: null }),
    ...(repository !== undefined && { patterns: repository }),
    ...(schedule !== undefined && { schedule: schedule === 'none' ? null : schedule }),
    ...(timeZone !== undefined && { timeZone }),
    ...((dryRunOnly ?? forReal) !== undefined && { isDryRun: dryRunOnly === true }),
  };
  if (!hasDocument && registry === undefined && Object.keys(changes).length === 0) {
    throw new UsageError(
      'Say what is to change: a file, --repository, --registry, --here, --schedule, --time-zone, --dry-run-only or --for-real.',
    );
  }
  const { policy } = await withAdmin(invocation, options, async (connection) => {
    const document = hasDocument ? await policyDocument(connection, file, options) : {};
    const place = registry === undefined ? {} : { registry: (await namedRegistry(connection, registry, {})).id };
    return ask(connection, changePolicy, { name, ...document, ...changes, ...place });
  });
  const text = `${policyTable([policy])}\nSee what it would do: havre policy preview ${name}`;
  invocation.show(options, { json: policy, text });
}
