import { Command, InvalidArgumentError } from 'commander';
import { showHistory, type Move } from '../../api/history/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { tagArgument } from '../tag-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { timeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly limit: number;
}

const MOST_MOVES = 1000;

export function history(invocation: Invocation): Command {
  const command = new Command('history')
    .description('Show where a tag was, and who moved it when, newest first; also of a tag that was deleted.')
    .argument('<name:tag>', 'such as team/app:1.4')
    .option('--limit <count>', 'how many moves at most', parseLimit, 50)
    .action((text: string, options: Options) => run(invocation, text, options));
  return examples(withWhereOptions(command), [
    ['havre history team/app:latest'],
    ['havre history team/app:1.4 --json'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const named = tagArgument(text);
  const { limit } = options;
  const { moves, next } = await withAdmin(invocation, options, (connection) =>
    ask(connection, showHistory, { ...named, limit }),
  );
  const more = next === null ? [] : [`There are older ones; see more with --limit.`];
  const known = moves.length === 0 ? 'Nothing is known of moves of this tag.' : movesInWords(moves);
  invocation.show(options, { json: moves, text: [known, ...more].join('\n') });
}

function movesInWords(moves: readonly Move[]): string {
  const rows = moves.map(({ at, from, to, by, client, cause }) => [
    timeInWords(at),
    from ?? '(none)',
    to ?? '(deleted)',
    by === '' ? 'anybody' : by,
    cause,
    client ?? '',
  ]);
  return table(['when', 'from', 'to', 'by', 'way', 'client'], rows);
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_MOVES) return limit;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_MOVES}.`);
}
