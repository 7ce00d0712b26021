import { Command, Option } from 'commander';
import { listDeliveries } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { deliveryTable } from '../webhook-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly state?: 'waiting' | 'delivered' | 'failed';
  readonly limit: string;
  readonly after?: string;
}

export function webhookDeliveries(invocation: Invocation): Command {
  const command = new Command('deliveries')
    .description('List what was or is to be sent to a webhook, newest first.')
    .argument('<name>')
    .addOption(new Option('--state <state>', 'only these').choices(['waiting', 'delivered', 'failed']))
    .option('--limit <count>', 'at most so many', '50')
    .option('--after <id>', 'those before this delivery')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(command), [
    ['havre webhook deliveries ci --state failed'],
    ['havre webhook deliveries ci --json', 'with what was answered'],
  ]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const { state, limit, after } = options;
  const { deliveries, next } = await withAdmin(invocation, options, (connection) =>
    ask(connection, listDeliveries, { name, limit, after, state }),
  );
  const text = deliveries.length === 0 ? 'There are no deliveries.' : deliveryTable(deliveries);
  invocation.show(options, { json: { deliveries, next }, text });
  if (next !== null && options.json !== true) invocation.remark(`Older ones: --after ${next}`);
}
