import { Command } from 'commander';
import { removeRegistry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly project?: string;
}

export function registriesRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Forget a registry with its secret. Nothing changes there: what it keeps, and who may log in.')
    .summary('Forget a registry.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(command), [['havre registries remove ghcr']]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const registry = await withAdmin(invocation, options, async (connection) => {
    const found = await namedRegistry(connection, text, options);
    await ask(connection, removeRegistry, { id: found.id });
    return found;
  });
  const { id, name, hasSecret } = registry;
  invocation.show(options, { json: { id }, text: `Forgot ${name} (${id}).` });
  if (hasSecret && options.json !== true)
    invocation.remark('Its secret still works there: revoke it if nobody else uses it.');
}
