import { Command } from 'commander';
import { handOutCredentials } from '../../api/credentials/contract.ts';
import { ask } from '../admin-client.ts';
import { usableRegistry } from '../docker-config/usable-registry.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function registryPassword(invocation: Invocation): Command {
  const command = new Command('password')
    .description(
      'Print the password with which Docker logs in at a registry just now, alone on stdout: a short-lived one where the registry has such. Handing it out is written down in the audit log.',
    )
    .summary('Print the password for a registry, to be piped on.')
    .argument('<registry>', 'its id, name or host')
    .action((registry: string, options: WhereOptions) => run(invocation, registry, options));
  return examples(withWhereOptions(command), [
    ['havre registries password ghcr | docker login ghcr.io --username bob --password-stdin'],
  ]);
}

async function run(invocation: Invocation, meant: string, options: WhereOptions): Promise<void> {
  const handed = await withAdmin(invocation, options, async (connection) => {
    const { id } = await usableRegistry(connection, meant);
    return await ask(connection, handOutCredentials, { id, purpose: 'password' });
  });
  invocation.show(options, { json: handed, text: handed.password });
  if (options.json !== true && handed.expiresAt !== null) invocation.remark(`It ends at ${handed.expiresAt}.`);
}
