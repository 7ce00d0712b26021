import { Command } from 'commander';
import { endSessionsOfUser } from '../../api/session/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function userLogout(invocation: Invocation): Command {
  const command = new Command('logout')
    .description("End all of somebody's sessions in browsers, at once. They may log in again with their password.")
    .summary("End all of somebody's sessions in browsers.")
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre user logout bob']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const reply = await withAdmin(invocation, options, (connection) => ask(connection, endSessionsOfUser, { name }));
  const { ended } = reply;
  const text =
    ended === 0 ? `${name} has no sessions.` : `Ended ${ended === 1 ? 'the session' : `${ended} sessions`} of ${name}.`;
  invocation.show(options, { json: reply, text });
}
