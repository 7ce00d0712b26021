import { Command } from 'commander';
import { showLoginLines } from '../../api/credentials/contract.ts';
import { ask } from '../admin-client.ts';
import { usableRegistry } from '../docker-config/usable-registry.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly tool?: string;
}

export function registryLoginLines(invocation: Invocation): Command {
  const command = new Command('login-lines')
    .description(
      'Show the lines by which docker, podman and others log in at a registry that Havre is connected to. There is no secret in them: havre registries password hands it to their stdin.',
    )
    .summary('Show the lines by which clients log in at a registry.')
    .argument('<registry>', 'its id, name or host')
    .option('--tool <tool>', 'only for this one: docker, podman, buildah, skopeo, helm, oras')
    .action((registry: string, options: Options) => run(invocation, registry, options));
  return examples(withWhereOptions(command), [
    ['havre registries login-lines ghcr'],
    ['havre registries login-lines ghcr --tool podman'],
  ]);
}

async function run(invocation: Invocation, meant: string, options: Options): Promise<void> {
  const shown = await withAdmin(invocation, options, async (connection) => {
    const { id } = await usableRegistry(connection, meant);
    return await ask(connection, showLoginLines, { id });
  });
  const lines = shown.lines.filter(({ tool }) => options.tool === undefined || tool === options.tool);
  const text = lines.map(({ line }) => `havre registries password ${shown.id} | ${line}`).join('\n');
  invocation.show(options, { json: { ...shown, lines }, text });
  if (options.json !== true) for (const remark of shown.remarks) invocation.remark(remark);
}
