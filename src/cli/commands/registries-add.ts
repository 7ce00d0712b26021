import { Command } from 'commander';
import { addRegistry, testRegistry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import {
  DEFAULT_PROJECT,
  registryFieldsOf,
  withProjectOption,
  withRegistryOptions,
  type RegistryOptions,
} from '../registry-options.ts';
import { askedSecret, checkSecretOptions, withSecretOptions, type SecretOptions } from '../registry-secret.ts';
import { testInWords } from '../registry-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, RegistryOptions, SecretOptions {
  readonly project?: string;
  readonly anonymous?: true;
  readonly check: boolean;
}

export function registriesAdd(invocation: Invocation): Command {
  const command = new Command('add')
    .description(
      'Connect to another registry, and try whether that works. Its password is kept encrypted, and never shown again.',
    )
    .summary('Connect to another registry.')
    .argument('<name>', 'for people: one of its own in the project')
    .argument('<url>', 'where it is: docker.io, ghcr.io, https://harbor.example.org:8443')
    .option('--anonymous', 'nobody logs in')
    .option('--no-check', 'do not try it')
    .action((name: string, url: string, options: Options) => run(invocation, { name, url }, options));
  withProjectOption(command, `whose it is (default: ${DEFAULT_PROJECT})`);
  withSecretOptions(withRegistryOptions(command, invocation));
  return examples(withWhereOptions(command), [
    ["havre registries add 'Docker Hub' docker.io --username myuser --password-stdin < token.txt"],
    ['havre registries add ghcr ghcr.io --username octo --project pn-123456', 'asks for the token'],
    ['havre registries add google europe-docker.pkg.dev/team --password-file key.json'],
    ['havre registries add mirror mirror.example.org --anonymous'],
  ]);
}

async function run(invocation: Invocation, named: { name: string; url: string }, options: Options): Promise<void> {
  checkSecretOptions(options);
  const fields = await registryFieldsOf(options);
  await withAdmin(invocation, options, async (connection) => {
    const secret =
      options.anonymous === true ? undefined : await askedSecret(invocation, options, `Password of ${named.url}`);
    const { project = DEFAULT_PROJECT } = options;
    const added = await ask(connection, addRegistry, { project, ...named, ...fields, secret });
    const { id } = added.registry;
    const { registry, test } = options.check ? await ask(connection, testRegistry, { id }) : { ...added, test: null };
    const text = [`Added ${named.name}: ${id}, ${registry.kind}.`, ...(test === null ? [] : [testInWords(test)])];
    invocation.show(options, { json: { ...registry, test }, text: text.join('\n') });
  });
}
