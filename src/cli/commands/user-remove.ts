import { Command } from 'commander';
import { removeUser } from '../../api/users/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function userRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove somebody, with the tokens that act for them and the grants given to them.')
    .summary('Remove somebody, with their tokens and grants.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre user remove bob']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const removed = await withAdmin(invocation, options, (connection) => ask(connection, removeUser, { name }));
  invocation.show(options, { json: removed, text: `Removed ${name}, with their tokens and grants.` });
}
