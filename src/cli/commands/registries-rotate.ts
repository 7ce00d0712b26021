import { Command } from 'commander';
import {
  cancelRegistryRotation,
  confirmRegistrySecret,
  mintRegistrySecret,
  stageRegistrySecret,
  switchRegistrySecret,
} from '../../api/registry-rotation/contract.ts';
import type { Registry, RegistryTest } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { EXIT, UsageError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import { parseExpiry, type Expiry } from '../expiry.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry, REGISTRY_ARGUMENT } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { askedSecret, checkSecretOptions, withSecretOptions, type SecretOptions } from '../registry-secret.ts';
import { testInWords } from '../registry-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, SecretOptions {
  readonly project?: string;
  readonly username?: string;
  readonly expires?: Expiry;
  readonly switch: boolean;
  readonly confirm?: true;
  readonly cancel?: true;
  readonly mint?: true;
}

interface Rotated {
  readonly registry: Registry;
  readonly test?: RegistryTest;
  readonly text: string;
}

export function registriesRotate(invocation: Invocation): Command {
  const command = new Command('rotate')
    .description(
      'Replace the secret of a registry. The new one is tried; when it works it is in use, and the old one is kept until you confirm, or go back.',
    )
    .summary('Replace the secret of a registry.')
    .argument('<registry>', REGISTRY_ARGUMENT)
    .option('-u, --username <name>', 'the new secret is of this user')
    .option('--expires <when>', 'when the new secret ends: 90d, 2026-12-31, never', (text) =>
      parseExpiry(text, invocation.host.now()),
    )
    .option('--no-switch', 'only try the new secret, and keep it; said again without a secret, switch to it')
    .option('--confirm', 'the new secret is right: forget the old one, and revoke it where that can be done')
    .option('--cancel', 'go back to the old secret')
    .option('--mint', 'have the registry make a new secret: nobody gets to see it')
    .action((text: string, options: Options) => run(invocation, text, options));
  withProjectOption(command, 'of that name in this project');
  return examples(withWhereOptions(withSecretOptions(command)), [
    ['havre registries rotate ghcr --password-stdin < new-token.txt', 'try it, and switch to it'],
    ['havre registries rotate ghcr --confirm', 'the old one is no longer needed'],
    ['havre registries rotate ghcr --cancel', 'back to the old one'],
    ['havre registries rotate harbor --mint', 'a robot of Harbor gets another secret'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  checkSecretOptions(options);
  const steps = [options.confirm, options.cancel, options.mint].filter((step) => step === true);
  if (steps.length > 1) throw new UsageError('Say one of --confirm, --cancel and --mint.');
  const {
    registry,
    test,
    text: words,
  } = await withAdmin(invocation, options, async (connection) => {
    const found = await namedRegistry(connection, text, options);
    if (steps.length > 0) return step(connection, found, options);
    return replace(invocation, connection, found, options);
  });
  invocation.show(options, { json: test === undefined ? registry : { ...registry, test }, text: words });
  if (test !== undefined && test.outcome !== 'ok') invocation.exitCode = EXIT.failure;
}

async function step(
  connection: AdminConnection,
  { id, name }: Registry,
  { confirm, cancel }: Options,
): Promise<Rotated> {
  if (confirm === true) {
    const { registry } = await ask(connection, confirmRegistrySecret, { id });
    return { registry, text: `Confirmed: the old secret of ${name} is forgotten.` };
  }
  if (cancel === true) {
    const { registry } = await ask(connection, cancelRegistryRotation, { id });
    return { registry, text: `Cancelled: ${name} has its old secret.` };
  }
  const { registry } = await ask(connection, mintRegistrySecret, { id });
  return { registry, text: `Replaced: ${name} has a new secret, which its registry made.` };
}

async function replace(
  invocation: Invocation,
  connection: AdminConnection,
  { id, name, credential }: Registry,
  options: Options,
): Promise<Rotated> {
  const isSecretSaid = options.passwordStdin === true || options.passwordFile !== undefined;
  if (credential.rotation === 'tested' && options.switch && !isSecretSaid) return switched(connection, id, name);
  const { username, expires } = options;
  const staged = await ask(connection, stageRegistrySecret, {
    id,
    secret: await askedSecret(invocation, options, `New password of ${name}`),
    username,
    expiresAt: expires === 'never' ? undefined : expires?.toISOString(),
  });
  const { test } = staged;
  if (test.outcome !== 'ok') return { ...staged, text: `${testInWords(test)}\nThe old secret stays in use.` };
  if (options.switch) return { test, ...(await switched(connection, id, name)) };
  return { ...staged, text: `${testInWords(test)}\nIt waits: havre registries rotate ${id}` };
}

async function switched(connection: AdminConnection, id: string, name: string): Promise<Rotated> {
  const { registry } = await ask(connection, switchRegistrySecret, { id });
  const then = `havre registries rotate ${id} --confirm`;
  return { registry, text: `Switched: ${name} has its new secret. When all is well: ${then}` };
}
