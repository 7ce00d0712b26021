import { Command } from 'commander';
import { listRegistryChecks } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { timeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly project?: string;
  readonly limit: string;
  readonly after?: string;
}

export function registriesChecks(invocation: Invocation): Command {
  const command = new Command('checks')
    .description('List how a registry was when it was tried, newest first.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .option('--limit <count>', 'at most so many', '50')
    .option('--after <next>', 'those before')
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [
    ['havre registries checks ghcr'],
    ['havre registries checks ghcr --json'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const { limit, after } = options;
  const { checks, next } = await withAdmin(invocation, options, async (connection) => {
    const { id } = await namedRegistry(connection, text, options);
    return ask(connection, listRegistryChecks, { id, limit, after });
  });
  const rows = checks.map(({ at, outcome, trigger, milliseconds, message }) => [
    timeInWords(at),
    outcome,
    trigger,
    `${milliseconds} ms`,
    message,
  ]);
  const listing = rows.length === 0 ? 'It was never tried.' : table(['when', 'outcome', 'by', 'took', 'what'], rows);
  invocation.show(options, { json: { checks, next }, text: listing });
  if (next !== null && options.json !== true) invocation.remark(`Older ones: --after ${next}`);
}
