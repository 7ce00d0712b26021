import { Command, InvalidArgumentError } from 'commander';
import { addRule, type RuleInput } from '../../api/rules/contract.ts';
import { parseTagPattern, TagPatternInvalidError } from '../../oci/tag-pattern.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { contentArgument } from '../content-argument.ts';
import { parseDurationArgument } from '../duration-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { parsePatternArgument } from '../rule-argument.ts';
import { ruleInWords } from '../rule-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface ImmutableOptions extends WhereOptions {
  readonly except?: string[];
}

interface ProtectedOptions extends WhereOptions {
  readonly user?: string[];
  readonly token?: string[];
}

interface ExpireOptions extends WhereOptions {
  readonly tags?: string[];
}

const REPOSITORIES = 'repositories: team/app, team/* (one level), team/** (all below), ** (all)';

export function ruleAdd(invocation: Invocation): Command {
  const parent = new Command('add')
    .description('Make a rule. It holds for everybody from then on, administrators and policies too.')
    .helpCommand(false);
  for (const make of [immutable, protectedTags, pinned, ageFloor, trash, expire]) parent.addCommand(make(invocation));
  return parent;
}

function immutable(invocation: Invocation): Command {
  const command = new Command('immutable')
    .description('Tags that stay where they are once they are made. Pushing the same again is no move.')
    .argument('<pattern>', REPOSITORIES, parsePatternArgument)
    .argument('<tags...>', 'v*, release-??, * (all)', collectTags)
    .option('--except <tag>', 'but not these; as often as you like', collectTags)
    .action((pattern: string, tags: string[], { except = [], ...where }: ImmutableOptions) =>
      run(invocation, where, { kind: 'immutable', pattern, tags, except }),
    );
  return examples(withWhereOptions(command), [
    ["havre rule add immutable 'team/**' 'v*'"],
    ["havre rule add immutable '**' '*' --except latest --except 'pr-*'"],
  ]);
}

function protectedTags(invocation: Invocation): Command {
  const command = new Command('protected')
    .description('Tags that only some may move or delete. Making one is free.')
    .argument('<pattern>', REPOSITORIES, parsePatternArgument)
    .argument('<tags...>', 'main, release-*', collectTags)
    .option('--user <name>', 'who may; as often as you like', collect)
    .option('--token <name>', 'which token may; as often as you like', collect)
    .action((pattern: string, tags: string[], { user = [], token = [], ...where }: ProtectedOptions) => {
      const users = user.map((name) => ({ kind: 'user' as const, name }));
      const tokens = token.map((name) => ({ kind: 'token' as const, name }));
      return run(invocation, where, { kind: 'protected', pattern, tags, principals: [...users, ...tokens] });
    });
  return examples(withWhereOptions(command), [
    ["havre rule add protected 'team/**' latest 'release-*' --token ci --user ada"],
    ['havre rule add protected team/base stable', 'nobody moves it while the rule is there'],
  ]);
}

function pinned(invocation: Invocation): Command {
  const command = new Command('pinned')
    .description('A manifest that stays, with its children and what refers to it.')
    .argument('<name@digest>', 'such as team/app@sha256:4f53…')
    .action((text: string, where: WhereOptions) => {
      const { repository, digest } = contentArgument(text);
      if (digest === undefined) throw new UsageError(`"${text}" names no manifest: say NAME@DIGEST.`);
      return run(invocation, where, { kind: 'pinned', pattern: repository, digest });
    });
  return examples(withWhereOptions(command), [['havre rule add pinned team/app@sha256:4f53…']]);
}

function ageFloor(invocation: Invocation): Command {
  const command = new Command('age-floor')
    .description('What was pushed less than so long ago is not deleted.')
    .argument('<pattern>', REPOSITORIES, parsePatternArgument)
    .argument('<duration>', 'such as 12h or 3d', parseDurationArgument)
    .action((pattern: string, seconds: number, where: WhereOptions) =>
      run(invocation, where, { kind: 'age-floor', pattern, seconds }),
    );
  return examples(withWhereOptions(command), [["havre rule add age-floor '**' 1d"]]);
}

function trash(invocation: Invocation): Command {
  const command = new Command('trash')
    .description('How long what was deleted can be restored; the longest of several such rules.')
    .argument('<pattern>', REPOSITORIES, parsePatternArgument)
    .argument('<duration>', 'such as 30d; none: not at all', (text) =>
      text === 'none' || text === '0' ? 0 : parseDurationArgument(text),
    )
    .action((pattern: string, keepSeconds: number, where: WhereOptions) =>
      run(invocation, where, { kind: 'trash', pattern, keepSeconds }),
    );
  return examples(withWhereOptions(command), [
    ["havre rule add trash 'production/**' 90d"],
    ["havre rule add trash 'scratch/*' none"],
  ]);
}

function expire(invocation: Invocation): Command {
  const command = new Command('expire')
    .description('Images end so long after each push. It counts for what is pushed from then on.')
    .argument('<pattern>', REPOSITORIES, parsePatternArgument)
    .argument('<duration>', 'such as 12h or 14d', parseDurationArgument)
    .option('--tags <tag>', 'only images all whose tags are such; as often as you like', collectTags)
    .action((pattern: string, afterSeconds: number, { tags, ...where }: ExpireOptions) =>
      run(invocation, where, { kind: 'expire', pattern, afterSeconds, ...(tags !== undefined && { tags }) }),
    );
  return examples(withWhereOptions(command), [
    ["havre rule add expire 'scratch/**' 1d", 'a space for everybody, whose images go'],
    ["havre rule add expire 'team/**' 14d --tags 'pr-*'"],
  ]);
}

async function run(invocation: Invocation, where: WhereOptions, input: RuleInput): Promise<void> {
  const { rule } = await withAdmin(invocation, where, (connection) => ask(connection, addRule, input));
  invocation.show(where, { json: rule, text: `Rule ${rule.id}: in ${rule.pattern}, ${ruleInWords(rule)}.` });
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function collectTags(text: string, before: string[] = []): string[] {
  try {
    return [...before, parseTagPattern(text).text];
  } catch (error) {
    if (error instanceof TagPatternInvalidError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
