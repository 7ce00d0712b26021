import { Command } from 'commander';
import { listTokens, type Token } from '../../api/tokens/contract.ts';
import { ask } from '../admin-client.ts';
import { everyPage } from '../every-page.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { rulesInWords, timeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly all?: true;
}

export function tokenList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the tokens, without their secrets.')
    .option('--all', 'revoked ones too')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre token list'], ['havre token list --all --json']]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const tokens = await withAdmin(invocation, options, (connection) =>
    everyPage(
      (page) => ask(connection, listTokens, page),
      (page) => page.tokens,
    ),
  );
  const shown = options.all === true ? tokens : tokens.filter(({ state }) => state !== 'revoked');
  const text =
    shown.length === 0
      ? "There are no tokens. Make one: havre token create NAME --scope 'team/**:pull,push' --expires 30d"
      : table(['name', 'user', 'may', 'state', 'ends', 'last used'], shown.map(rowOf));
  invocation.show(options, { json: shown, text });
}

function rowOf({ name, user, scope, state, expiresAt, revokedAt, lastUsedAt }: Token): readonly string[] {
  const may = scope === null ? (user === null ? 'what is granted to it' : `all that ${user} may`) : rulesInWords(scope);
  const end = revokedAt ?? expiresAt;
  return [
    name,
    user ?? '-',
    may,
    state,
    end === null ? 'never' : timeInWords(end),
    lastUsedAt === null ? 'never' : timeInWords(lastUsedAt),
  ];
}
