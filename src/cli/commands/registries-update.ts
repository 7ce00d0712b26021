import { Command } from 'commander';
import { changeRegistry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { registryFieldsOf, withProjectOption, withRegistryOptions, type RegistryOptions } from '../registry-options.ts';
import { checkSecretOptions, saidSecret, withSecretOptions, type SecretOptions } from '../registry-secret.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, RegistryOptions, SecretOptions {
  readonly project?: string;
  readonly name?: string;
  readonly url?: string;
  readonly anonymous?: true;
}

export function registriesUpdate(invocation: Invocation): Command {
  const command = new Command('update')
    .description(
      'Change what is said of a registry, and leave the rest. An empty text takes away what was there. A secret that works is better replaced by: havre registries rotate',
    )
    .summary('Change what is said of a registry.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .option('--name <name>', 'call it otherwise')
    .option('--url <url>', 'it is there; on another host, say its password again')
    .option('--anonymous', 'nobody logs in any more: forget the secret')
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  withSecretOptions(withRegistryOptions(command, invocation));
  return examples(withWhereOptions(command), [
    ['havre registries update ghcr --username octo --password-stdin < token.txt'],
    ["havre registries update harbor --region '' --rotate-after-days 30"],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  checkSecretOptions(options);
  const fields = await registryFieldsOf(options);
  const registry = await withAdmin(invocation, options, async (connection) => {
    const changes = { name: options.name, url: options.url, ...fields, secret: await secretOf(invocation, options) };
    if (Object.values(changes).every((value) => value === undefined)) {
      throw new UsageError('Say what is to be changed: --url, --username, --password-stdin…');
    }
    const { id } = await namedRegistry(connection, text, options);
    return (await ask(connection, changeRegistry, { id, ...changes })).registry;
  });
  invocation.show(options, {
    json: registry,
    text: `Changed ${registry.name}. Try it: havre registries test ${registry.id}`,
  });
}

/** Empty: none any more. */
async function secretOf(invocation: Invocation, options: Options): Promise<string | undefined> {
  const said = await saidSecret(invocation, options);
  if (options.anonymous !== true) return said;
  if (said !== undefined) throw new UsageError('--anonymous and a password: say one of them.');
  return '';
}
