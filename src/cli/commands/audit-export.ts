import { Command } from 'commander';
import { exportAudit } from '../../api/audit/contract.ts';
import { askLines } from '../admin-client.ts';
import { filterOf, withFilterOptions, type FilterOptions } from '../audit-words.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, FilterOptions {}

export function auditExport(invocation: Invocation): Command {
  const command = new Command('export')
    .description(
      'Write who did what to stdout, oldest first, as lines of JSON. Each line has the hash of its own bytes: kept as they are, anybody can verify them.',
    )
    .summary('Write who did what to stdout, as lines of JSON.')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(withFilterOptions(command)), [
    ['havre audit export > audit.jsonl'],
    ['havre audit export --since 2026-11-01 --until 2026-12-01 | gzip > november.jsonl.gz'],
  ]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { stdout } = invocation.host;
  const signal = invocation.host.interruption();
  const filter = filterOf(options, invocation.host.now());
  await withAdmin(invocation, options, async (connection) => {
    // The fields are in the order of the schema, which is that of what is hashed.
    for await (const line of askLines(connection, exportAudit, filter, signal)) {
      stdout.write(`${JSON.stringify(line)}\n`);
    }
  });
}
