import { Command } from 'commander';
import { addRegistry, listRegistryKinds, testRegistry } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
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
    const isAsked = options.anonymous !== true && (await hasSecret(connection, named.url, options));
    const secret = isAsked ? await askedSecret(invocation, options, `Password of ${named.url}`) : undefined;
    const { project = DEFAULT_PROJECT } = options;
    const added = await ask(connection, addRegistry, { project, ...named, ...fields, secret });
    const { id } = added.registry;
    const { registry, test } = options.check ? await ask(connection, testRegistry, { id }) : { ...added, test: null };
    const text = [`Added ${named.name}: ${id}, ${registry.kind}.`, ...(test === null ? [] : [testInWords(test)])];
    invocation.show(options, { json: { ...registry, test }, text: text.join('\n') });
  });
}

/** Of some ways to log in there is none: it is the machine who does. */
async function hasSecret(connection: AdminConnection, url: string, { form, kind }: Options): Promise<boolean> {
  if (form === undefined) return true;
  const { kinds, detected } = await ask(connection, listRegistryKinds, { url });
  const wanted = kinds.find((known) => known.kind === (kind ?? detected))?.forms.find(({ name }) => name === form);
  return wanted?.hasSecret !== false;
}
