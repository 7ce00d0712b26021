import { Command } from 'commander';
import { removeWebhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function webhookRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a webhook with the log of its deliveries. What waits is not sent.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre webhook remove ci']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const removed = await withAdmin(invocation, options, (connection) => ask(connection, removeWebhook, { name }));
  invocation.show(options, { json: removed, text: `Removed ${name}: it is told nothing more.` });
}
