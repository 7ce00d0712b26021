import { Command } from 'commander';
import { listQuotas, type Quota } from '../../api/quotas/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { limitsInWords } from '../quota-words.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function quotaList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List how much repositories may hold, and how much of it is used.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre quota list']]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const quotas = await withAdmin(invocation, options, allQuotas);
  const rows = quotas.map((quota) => [
    String(quota.id),
    quota.pattern,
    limitsInWords(quota),
    `${Math.floor(quota.percent)} %`,
  ]);
  const text =
    quotas.length === 0
      ? "There are no quotas. Set one: havre quota set 'team/**' --bytes 10GiB"
      : table(['id', 'repositories', 'used', 'full'], rows);
  invocation.show(options, { json: quotas, text });
}

/** However many pages they are. */
export async function allQuotas(connection: AdminConnection): Promise<readonly Quota[]> {
  const quotas: Quota[] = [];
  let after: string | undefined;
  do {
    const page = await ask(connection, listQuotas, { limit: 1000, ...(after !== undefined && { after }) });
    quotas.push(...page.quotas);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return quotas;
}
