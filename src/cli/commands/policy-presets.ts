import { Command } from 'commander';
import { listPresets } from '../../api/policies/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function policyPresets(invocation: Invocation): Command {
  const command = new Command('presets')
    .description('List policies to start from, or write one of them out.')
    .argument('[name]', 'the one to write out')
    .action((name: string | undefined, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [
    ['havre policy presets'],
    ['havre policy presets ecr-seed > lifecycle.json', 'to be changed'],
  ]);
}

async function run(invocation: Invocation, name: string | undefined, options: WhereOptions): Promise<void> {
  const { presets } = await withAdmin(invocation, options, (connection) => ask(connection, listPresets, {}));
  if (name === undefined) {
    const rows = presets.map((preset) => [preset.name, preset.kind, preset.sentence]);
    return invocation.show(options, { json: presets, text: table(['name', 'kind', 'what it does'], rows) });
  }
  const found = presets.find((preset) => preset.name === name);
  if (found === undefined) throw new CliError(`There is no preset ${name}. See: havre policy presets`);
  invocation.show(options, { json: found, text: found.document.trimEnd() });
}
