import { Command } from 'commander';
import { replaceWebhookSecret } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { readText } from '../remote-login.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly secretFile?: string;
}

export function webhookSecret(invocation: Invocation): Command {
  const command = new Command('secret')
    .description('Give a webhook another secret, which signs from the next attempt on. It is shown this once.')
    .summary('Give a webhook another secret.')
    .argument('<name>')
    .option('--secret-file <file>', 'the one in this file (default: one is made)')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(command), [['havre webhook secret ci']]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const { secretFile } = options;
  const secret = secretFile === undefined ? undefined : (await readText(secretFile)).trim();
  const replaced = await withAdmin(invocation, options, (connection) =>
    ask(connection, replaceWebhookSecret, { name, secret }),
  );
  invocation.show(options, { json: replaced, text: replaced.secret });
}
