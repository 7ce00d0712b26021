import { Command } from 'commander';
import { revokeToken } from '../../api/tokens/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function tokenRevoke(invocation: Invocation): Command {
  const command = new Command('revoke')
    .description('End a token, at once and for good. Its name is free for another one.')
    .summary('End a token, at once and for good.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre token revoke ci']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const revoked = await withAdmin(invocation, options, (connection) => ask(connection, revokeToken, { name }));
  invocation.show(options, { json: revoked, text: `Revoked ${name}: it works no more.` });
}
