import { Command } from 'commander';
import { listUsers, type User } from '../../api/users/contract.ts';
import { ask } from '../admin-client.ts';
import { everyPage } from '../every-page.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { timeInWords } from '../wording.ts';

const ORIGIN_IN_WORDS: Readonly<Record<User['origin'], string>> = {
  added: 'Havre',
  configuration: 'configuration',
  htpasswd: 'htpasswd file',
};

export function userList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List everybody who logs in with a password.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [
    ['havre user list'],
    ['havre user list --json --server https://registry.example.org'],
  ]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const users = await withAdmin(invocation, options, (connection) =>
    everyPage(
      (page) => ask(connection, listUsers, page),
      (page) => page.users,
    ),
  );
  const rows = users.map(({ name, isAdministrator, origin, createdAt }) => [
    name,
    isAdministrator ? 'yes' : 'no',
    ORIGIN_IN_WORDS[origin],
    createdAt === null ? '-' : timeInWords(createdAt),
  ]);
  const text =
    users.length === 0
      ? 'There are no users. Add one: havre user add NAME'
      : table(['name', 'administrator', 'from', 'since'], rows);
  invocation.show(options, { json: users, text });
}
