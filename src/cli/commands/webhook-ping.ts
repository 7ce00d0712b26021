import { Command } from 'commander';
import { pingWebhook } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { answerInWords } from '../webhook-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { printable } from '../wording.ts';

export function webhookPing(invocation: Invocation): Command {
  const command = new Command('ping')
    .description('Send an event that means nothing, once, and say what was answered. Exit code 1: it was not taken.')
    .summary('Try a webhook.')
    .argument('<name>')
    .action((name: string, options: WhereOptions) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre webhook ping ci']]);
}

async function run(invocation: Invocation, name: string, options: WhereOptions): Promise<void> {
  const { delivery } = await withAdmin(invocation, options, (connection) => ask(connection, pingWebhook, { name }));
  const isTaken = delivery.state === 'delivered';
  const outcome = `${isTaken ? 'Taken' : 'Not taken'}: ${answerInWords(delivery)}`;
  const said = delivery.response === null || delivery.response === '' ? '' : `\n${printable(delivery.response)}`;
  invocation.show(options, { json: delivery, text: outcome + said });
  if (!isTaken) invocation.exitCode = EXIT.failure;
}
