import { Command } from 'commander';
import { listWebhooks, type Webhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { stateInWords, wantedInWords } from '../webhook-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function webhookList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the webhooks, without their secrets.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre webhook list'], ['havre webhook list --json']]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const webhooks = await withAdmin(invocation, options, allOf);
  const rows = webhooks.map((one) => [one.name, one.url, one.format, wantedInWords(one), stateInWords(one)]);
  const text =
    rows.length === 0
      ? 'There are no webhooks. Add one: havre webhook add NAME URL'
      : table(['name', 'url', 'format', 'told of', 'state'], rows);
  invocation.show(options, { json: webhooks, text });
}

async function allOf(connection: AdminConnection): Promise<readonly Webhook[]> {
  const all: Webhook[] = [];
  for (let after: string | undefined; ;) {
    const { webhooks, next } = await ask(connection, listWebhooks, { limit: 1000, after });
    all.push(...webhooks);
    if (next === null) return all;
    after = next;
  }
}
