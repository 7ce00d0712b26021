import { Command } from 'commander';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { registryInWords } from '../registry-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly project?: string;
}

export function registriesShow(invocation: Invocation): Command {
  const command = new Command('show')
    .description('Show a registry, without its secret: how it is reached, and whether that works.')
    .summary('Show a registry.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [
    ['havre registries show ghcr'],
    ['havre registries show reg-7fk2 --json'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const registry = await withAdmin(invocation, options, (connection) => namedRegistry(connection, text, options));
  invocation.show(options, { json: registry, text: registryInWords(registry) });
}
