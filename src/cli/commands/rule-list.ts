import { Command } from 'commander';
import { listRules } from '../../api/rules/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { ruleInWords } from '../rule-words.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { timeInWords } from '../wording.ts';

export function ruleList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the rules, oldest first.')
    .argument('[repository]', 'only those that hold for it')
    .action((repository: string | undefined, options: WhereOptions) => run(invocation, repository, options));
  return examples(withWhereOptions(command), [
    ['havre rule list'],
    ['havre rule list team/app', 'what protects it, and what lets its images go'],
  ]);
}

async function run(invocation: Invocation, repository: string | undefined, options: WhereOptions): Promise<void> {
  const input = repository === undefined ? {} : { repository };
  const { rules } = await withAdmin(invocation, options, (connection) => ask(connection, listRules, input));
  const rows = rules.map((rule) => [
    String(rule.id),
    rule.kind,
    rule.pattern,
    ruleInWords(rule),
    timeInWords(rule.createdAt),
    rule.createdBy,
  ]);
  const none = "There are no rules. Make one: havre rule add immutable 'team/**' 'v*'";
  const text = rows.length === 0 ? none : table(['id', 'kind', 'repositories', 'rule', 'since', 'by'], rows);
  invocation.show(options, { json: rules, text });
}
