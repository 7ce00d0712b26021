import { Command } from 'commander';
import { listRegistryKinds, type RegistryKind } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function registriesKinds(invocation: Invocation): Command {
  const command = new Command('kinds')
    .description('List the kinds of registries that are known, how one logs in there, and the least rights to ask for.')
    .summary('List the kinds of registries.')
    .argument('[url]', 'only the kind of the registry there')
    .action((url: string | undefined, options: WhereOptions) => run(invocation, url, options));
  return examples(withWhereOptions(command), [['havre registries kinds'], ['havre registries kinds ghcr.io']]);
}

async function run(invocation: Invocation, url: string | undefined, options: WhereOptions): Promise<void> {
  const { kinds, detected } = await withAdmin(invocation, options, (connection) =>
    ask(connection, listRegistryKinds, { url }),
  );
  const shown = kinds.filter(({ kind }) => detected === null || kind === detected);
  invocation.show(options, { json: shown, text: shown.map(kindInWords).join('\n\n') });
}

function kindInWords({ kind, title, forms }: RegistryKind): string {
  const ways = forms.flatMap(({ name, username, fields, where, leastRights }) => [
    `  --form ${name}${username === null ? '' : ` (the username is ${username})`}`,
    ...fields.map(
      (field) => `    --field ${field.name}=…${field.isRequired ? '' : ' (if needed)'}  ${field.description}`,
    ),
    `    ${where}`,
    `    ${leastRights}`,
  ]);
  return [`${title}: --kind ${kind}`, ...ways].join('\n');
}
