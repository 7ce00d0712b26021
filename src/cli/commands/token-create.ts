import { Command, Option } from 'commander';
import { createToken, type Token } from '../../api/tokens/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import { parseExpiry, type Expiry } from '../expiry.ts';
import type { Invocation } from '../invocation.ts';
import { registryHost } from '../registry-host.ts';
import { parseRuleArgument, type RuleArgument } from '../rule-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { rulesInWords, timeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly user?: string;
  readonly scope?: RuleArgument[];
  readonly expires: Expiry;
}

/** Long enough not to be in the way, short enough that a forgotten token does not work for years. */
const DEFAULT_EXPIRY = '90d';

export function tokenCreate(invocation: Invocation): Command {
  const parseEnd = (text: string): Expiry => parseExpiry(text, invocation.host.now());
  const command = new Command('create')
    .description(
      'Create a token: a password for a machine, with limits of its own and an end. Its secret is shown this once.',
    )
    .summary('Create a token.')
    .argument('<name>', 'letters, digits and . _ @ + -')
    .option('--user <name>', 'it acts for this user, and never may more than they (default: for nobody)')
    .option<RuleArgument[]>(
      '--scope <pattern:actions>',
      "it may only do this, such as 'team/**:pull,push'; can be said several times",
      (text, earlier) => [...(earlier ?? []), parseRuleArgument(text)],
    )
    .addOption(
      new Option('--expires <when>', 'like 30d (m, h, d, w, y), a date such as 2026-12-31, or never')
        .argParser(parseEnd)
        .default(parseEnd(DEFAULT_EXPIRY), DEFAULT_EXPIRY),
    )
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(command), [
    ["havre token create ci --scope 'team/**:pull,push' --expires 30d", 'a robot'],
    ['havre token create laptop --user bob', 'all that bob may do'],
    ["havre token create deploy --user bob --scope 'team/app:pull' --expires never --json"],
  ]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  const { user, scope, expires } = options;
  const expiresAt = expires === 'never' ? null : expires.toISOString();
  const { token, secret } = await withAdmin(invocation, options, (connection) =>
    ask(connection, createToken, { name, user, scope, expiresAt }),
  );
  invocation.show(options, { json: { token: secret, ...token }, text: secret });
  if (options.json === true) return;
  const login = `docker login ${await registryHost(invocation, options)} --username ${name}`;
  invocation.remark(
    `\nThis secret is shown this once. ${abilityInWords(token)}\n\n${login}   # the password is the secret`,
  );
}

function abilityInWords({ name, user, scope, expiresAt }: Token): string {
  const until = expiresAt === null ? 'for ever, until it is revoked' : `until ${timeInWords(expiresAt)}`;
  if (scope !== null) {
    const limit = user === null ? '' : `, as far as ${user} may`;
    return `With it one may ${rulesInWords(scope)}${limit}, ${until}.`;
  }
  if (user !== null) return `With it one may do whatever ${user} may, ${until}.`;
  return `It is good ${until}, and may do what is granted to it: havre grant add --token ${name} 'team/**' pull`;
}
