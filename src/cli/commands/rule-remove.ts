import { Command, InvalidArgumentError } from 'commander';
import { removeRule } from '../../api/rules/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { ruleInWords } from '../rule-words.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function ruleRemove(invocation: Invocation): Command {
  const command = new Command('remove')
    .alias('rm')
    .description('Remove a rule. What it protected can be moved and deleted from then on.')
    .argument('<id>', 'as `havre rule list` shows it', parseId)
    .action((id: number, options: WhereOptions) => run(invocation, id, options));
  return examples(withWhereOptions(command), [['havre rule remove 3']]);
}

async function run(invocation: Invocation, id: number, options: WhereOptions): Promise<void> {
  const { rule } = await withAdmin(invocation, options, (connection) => ask(connection, removeRule, { id }));
  const text = `Removed: rule ${rule.id}, by which in ${rule.pattern} ${ruleInWords(rule)}.`;
  invocation.show(options, { json: rule, text });
}

function parseId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, as `havre rule list` shows it.');
}
