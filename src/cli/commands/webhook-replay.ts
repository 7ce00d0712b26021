import { Command } from 'commander';
import { replayDeliveries } from '../../api/webhooks/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { pastTimeOption } from '../past-time.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted } from '../wording.ts';

interface Options extends WhereOptions {
  readonly delivery?: string;
  readonly fromSequence?: string;
  readonly toSequence?: string;
  readonly since?: string;
  readonly until?: string;
}

export function webhookReplay(invocation: Invocation): Command {
  const command = new Command('replay')
    .description(
      'Send again, by the ids that the events have: one delivery, or all of some time or of some places in the audit log that the webhook wants.',
    )
    .summary('Send events again.')
    .argument('<name>')
    .option('--delivery <id>', 'this one')
    .option('--from-sequence <number>', 'from this place in the audit log on')
    .option('--to-sequence <number>', 'to this one')
    .option('--since <time>', "from then on: 2026-11-20T10:00:00Z, '2 hours ago'")
    .option('--until <time>', 'until then')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(command), [
    ['havre webhook replay ci --delivery 17'],
    ['havre webhook replay ci --since 2026-11-20T10:00:00Z --until 2026-11-20T12:00:00Z'],
    ['havre webhook replay ci --from-sequence 1', 'all that is remembered'],
  ]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const now = invocation.host.now();
  const wanted = {
    name,
    delivery: numberOf('--delivery', options.delivery),
    fromSequence: numberOf('--from-sequence', options.fromSequence),
    toSequence: numberOf('--to-sequence', options.toSequence),
    since: pastTimeOption('--since', options.since, now),
    until: pastTimeOption('--until', options.until, now),
  };
  if (wanted.delivery === undefined && wanted.fromSequence === undefined && wanted.since === undefined) {
    throw new UsageError('Say what: --delivery, --from-sequence or --since.');
  }
  const { replayed, nextSequence } = await withAdmin(invocation, options, (connection) =>
    ask(connection, replayDeliveries, wanted),
  );
  invocation.show(options, {
    json: { replayed, nextSequence },
    text: `${counted(replayed, 'event')} to be sent again.`,
  });
  if (nextSequence !== null && options.json !== true)
    invocation.remark(`There is more: --from-sequence ${nextSequence}`);
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`${option} ${text}: it must be a number.`);
  return Number(text);
}
