import { Command } from 'commander';
import { listGrants } from '../../api/grants/contract.ts';
import { ask } from '../admin-client.ts';
import { everyPage } from '../every-page.ts';
import { examples } from '../examples.ts';
import { granteeInWords } from '../grantee-options.ts';
import type { Invocation } from '../invocation.ts';
import { areAboutProjects } from '../rule-argument.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { timeInWords } from '../wording.ts';

export function grantList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List who may do what, oldest first. Administrators need no grants.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre grant list']]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const grants = await withAdmin(invocation, options, (connection) =>
    everyPage(
      (page) => ask(connection, listGrants, page),
      (page) => page.grants,
    ),
  );
  const rows = grants.map(({ id, to, pattern, actions, createdAt }) => [
    String(id),
    granteeInWords(to),
    areAboutProjects(actions) ? `projects ${pattern}` : pattern,
    actions.join(','),
    timeInWords(createdAt),
  ]);
  const text =
    grants.length === 0
      ? "There are no grants. Add one: havre grant add --user NAME 'team/**' pull,push"
      : table(['id', 'to', 'where', 'actions', 'since'], rows);
  invocation.show(options, { json: grants, text });
}
