import { Command } from 'commander';
import { changeWebhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function webhookDisable(invocation: Invocation): Command {
  const command = new Command('disable')
    .description('Disable a webhook: nothing is sent to it, and what happens is not kept for it.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre webhook disable ci']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { webhook } = await withAdmin(invocation, options, (connection) =>
    ask(connection, changeWebhook, { name, isEnabled: false }),
  );
  invocation.show(options, { json: webhook, text: `Disabled ${name}: it is told nothing until it is enabled again.` });
}
