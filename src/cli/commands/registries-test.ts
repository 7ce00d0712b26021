import { Command } from 'commander';
import { testRegistry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { testInWords } from '../registry-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly project?: string;
}

export function registriesTest(invocation: Invocation): Command {
  const command = new Command('test')
    .description('Try a registry now: what is wrong, or what may be done there. Exit code 1: it does not work.')
    .summary('Try a registry.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [['havre registries test ghcr']]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const { registry, test } = await withAdmin(invocation, options, async (connection) => {
    const { id } = await namedRegistry(connection, text, options);
    return ask(connection, testRegistry, { id });
  });
  invocation.show(options, { json: { ...test, registry }, text: testInWords(test) });
  if (test.outcome !== 'ok') invocation.exitCode = EXIT.failure;
}
