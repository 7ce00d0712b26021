import { Command } from 'commander';
import { listGrants, removeGrant, type Grant } from '../../api/grants/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { everyPage } from '../every-page.ts';
import { examples } from '../examples.ts';
import {
  granteeInWords,
  granteeOf,
  isSameGrantee,
  withGranteeOptions,
  type GranteeOptions,
} from '../grantee-options.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, GranteeOptions {}

export function grantRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Take a grant away. It holds for the next request.')
    .argument('<id-or-pattern>', 'the id that `havre grant list` shows, or the pattern of the grant to whom you say')
    .action((text: string, options: Options) => run(invocation, text, options));
  return examples(withWhereOptions(withGranteeOptions(command)), [
    ['havre grant remove 3'],
    ["havre grant remove --user bob 'team/**'"],
    ["havre grant remove --anonymous 'public/**'"],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const removed = await withAdmin(invocation, options, async (connection) => {
    const grant = await findGrant(connection, text, options);
    await ask(connection, removeGrant, { id: grant.id });
    return grant;
  });
  const { to, actions, pattern } = removed;
  const removal = `Removed: the grant of ${actions.join(', ')} in ${pattern} to ${granteeInWords(to)}.`;
  invocation.show(options, { json: removed, text: removal });
}

async function findGrant(connection: AdminConnection, text: string, options: GranteeOptions): Promise<Grant> {
  const to = granteeOf(options);
  const isId = /^\d+$/.test(text);
  if (to === undefined && !isId) {
    throw new UsageError('Say an id, or whose grant it is: --user NAME, --token NAME, --signed-in or --everybody.');
  }
  const grants = await everyPage(
    (page) => ask(connection, listGrants, page),
    (page) => page.grants,
  );
  const [found, another] = grants.filter((grant) =>
    to === undefined ? grant.id === Number(text) : grant.pattern === text && isSameGrantee(to, grant.to),
  );
  if (another !== undefined) {
    throw new UsageError(
      `There is a grant for repositories ${text} and one for projects ${text}: say the id, as havre grant list shows it.`,
    );
  }
  if (found !== undefined) return found;
  const missing = to === undefined ? `no grant ${text}` : `no grant to ${granteeInWords(to)} for exactly ${text}`;
  throw new CliError(`There is ${missing}. See: havre grant list`);
}
