import { Command } from 'commander';
import { revertTag } from '../../api/history/contract.ts';
import { isDigest } from '../../oci/digest.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { parsePastTime } from '../past-time.ts';
import { tagArgument } from '../tag-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly to: string;
}

export function revert(invocation: Invocation): Command {
  const command = new Command('revert')
    .description(
      'Set a tag back to where it was, also one that was deleted. A manifest that is in the trash comes back for it.',
    )
    .argument('<name:tag>', 'such as team/app:1.4')
    .option('--to <where>', 'a digest, how many moves to undo, or a time', '1')
    .action((text: string, options: Options) => run(invocation, text, options));
  return examples(withWhereOptions(command), [
    ['havre revert team/app:latest', 'undo the last move'],
    ['havre revert team/app:latest --to 3', 'where it was three moves ago'],
    ["havre revert team/app:latest --to '2 hours ago'"],
    ["havre revert team/app:latest --to '2026-11-20 12:00'", 'UTC'],
    ['havre revert team/app:latest --to sha256:4f53…'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const named = tagArgument(text);
  const to = whereOf(options.to, invocation.host.now());
  const reverted = await withAdmin(invocation, options, (connection) => ask(connection, revertTag, { ...named, to }));
  const { from, restored } = reverted;
  const back = restored ? ' It came back from the trash, with what belongs to it.' : '';
  const before = from === null ? 'the tag was gone' : `it named ${from} before`;
  const moved = `${text} names ${reverted.to} now; ${before}.${back}`;
  const same = `${text} names ${reverted.to}, as it did.`;
  invocation.show(options, { json: reverted, text: from === reverted.to ? same : moved });
}

function whereOf(text: string, now: Date): string {
  if (/^[1-9]\d{0,3}$/.test(text) || isDigest(text)) return text;
  const time = parsePastTime(text, now);
  if (time !== undefined) return time.toISOString();
  throw new UsageError(`"${text}" is no digest, number of moves or time: say sha256:…, 2, or '2 hours ago'.`);
}
