import { Command, InvalidArgumentError } from 'commander';
import { listAudit, type AuditEntry } from '../../api/audit/contract.ts';
import { ask } from '../admin-client.ts';
import { entryInWords, filterOf, withFilterOptions, type FilterOptions } from '../audit-words.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, FilterOptions {
  readonly limit: number;
}

/** The most that one page has. */
const LONGEST_PAGE = 1000;

export function auditList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List who did what, newest first.')
    .option('-n, --limit <count>', 'how many at most', parseCount, 50)
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(withFilterOptions(command)), [
    ['havre audit list'],
    ["havre audit list --repository team/app --action 'tag.*' --since '2 days ago'"],
    ['havre audit list --outcome refused --limit 500'],
  ]);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const entries = await withAdmin(invocation, options, (connection) =>
    read(connection, options, invocation.host.now()),
  );
  const text =
    entries.length === 0
      ? 'Nothing of that kind is recorded.'
      : table(['time', 'action', 'by', 'from', 'what'], entries.map(entryInWords));
  invocation.show(options, { json: entries, text });
}

/** Pages may be short, or empty, long before the end. */
async function read(connection: AdminConnection, options: Options, now: Date): Promise<readonly AuditEntry[]> {
  const filter = filterOf(options, now);
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  for (;;) {
    const limit = Math.min(options.limit - entries.length, LONGEST_PAGE);
    const page = await ask(connection, listAudit, { ...filter, limit, after });
    entries.push(...page.entries);
    if (page.next === null || entries.length >= options.limit) return entries;
    after = page.next;
  }
}
