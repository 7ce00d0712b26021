import { Command } from 'commander';
import { changeWebhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function webhookEnable(invocation: Invocation): Command {
  const command = new Command('enable')
    .description('Enable a webhook: what waits for it is sent, and it is told what happens from now on.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre webhook enable ci']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { webhook } = await withAdmin(invocation, options, (connection) =>
    ask(connection, changeWebhook, { name, isEnabled: true }),
  );
  invocation.show(options, {
    json: webhook,
    text: `Enabled ${name}. What happened meanwhile: havre webhook replay ${name} --since …`,
  });
}
