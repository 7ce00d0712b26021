import { Command, Option } from 'commander';
import { kind, registry, type Registry } from '../../api/registries/contract.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { everyRegistry } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { registryTable } from '../registry-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted } from '../wording.ts';

interface Options extends WhereOptions {
  readonly project?: string;
  readonly kind?: Registry['kind'];
  readonly state?: Registry['health']['state'];
  readonly search?: string;
}

export function registriesList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description(
      'List the registries that are connected, without their secrets: those of the projects that you may see.',
    )
    .summary('List the registries that are connected.')
    .addOption(new Option('--kind <kind>', 'only these').choices(kind.options))
    .addOption(new Option('--state <state>', 'only these').choices(registry.shape.health.shape.state.options))
    .option('--search <text>', 'only those with this in their name, URL or id')
    .action((options: Options) => run(invocation, options));
  withProjectOption(command, 'only those of this project');
  return examples(withWhereOptions(command), [
    ['havre registries list'],
    ['havre registries list --state failing --json'],
  ]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { project, kind: wantedKind, state, search } = options;
  const filter = {
    ...(project !== undefined && { project }),
    ...(wantedKind !== undefined && { kind: wantedKind }),
    ...(state !== undefined && { state }),
    ...(search !== undefined && { search }),
  };
  const registries = await withAdmin(invocation, options, (connection) => everyRegistry(connection, filter));
  const text =
    registries.length === 0
      ? 'There are no registries here. Connect to one: havre registries add NAME URL'
      : registryTable(registries);
  invocation.show(options, { json: registries, text });
  const due = registries.filter(({ credential }) => credential.isRotationDue).length;
  if (due > 0 && options.json !== true) {
    invocation.remark(`\n${counted(due, 'secret')} to be replaced: havre registries rotate NAME`);
  }
}
