import { Command } from 'commander';
import { countTrash, listTrash, type Entry, type Totals } from '../../api/trash/contract.ts';
import { ask } from '../admin-client.ts';
import { contentInWords } from '../content-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted, sizeInWords, timeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly repository?: string;
  readonly all?: true;
  readonly totals?: true;
}

export function trashList(invocation: Invocation): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List what was deleted and can be restored, newest first.')
    .option('--repository <name>', 'only what was deleted in this repository, or this repository')
    .option('--all', 'all of it, and not only the newest 100')
    .option('--totals', 'also say how much the trash alone keeps, which takes a while')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [['havre trash list'], ['havre trash list --repository team/app --all']]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { entries, hasMore, totals } = await withAdmin(invocation, options, async (connection) => {
    const found: Entry[] = [];
    let after: string | undefined;
    do {
      const { repository } = options;
      const page = await ask(connection, listTrash, {
        limit: options.all === true ? 1000 : 100,
        ...(repository !== undefined && { repository }),
        ...(after !== undefined && { after }),
      });
      found.push(...page.entries);
      after = page.next ?? undefined;
    } while (options.all === true && after !== undefined);
    const counts = options.totals === true ? await ask(connection, countTrash, {}) : undefined;
    return { entries: found, hasMore: after !== undefined, totals: counts };
  });
  const text = [
    entries.length === 0 ? 'The trash is empty.' : tableOf(entries),
    ...(hasMore ? ['There is more: --all'] : []),
    ...(totals === undefined ? [] : [totalsInWords(totals)]),
  ].join('\n');
  invocation.show(options, { json: totals === undefined ? entries : { entries, totals }, text });
}

function tableOf(entries: readonly Entry[]): string {
  const rows = entries.map((entry) => [
    String(entry.id),
    whatOf(entry),
    timeInWords(entry.deletedAt),
    entry.deletedBy === '' ? entry.cause : `${entry.deletedBy} (${entry.cause})`,
    timeInWords(entry.expiresAt),
  ]);
  return table(['id', 'what', 'deleted', 'by', 'restorable until'], rows);
}

function whatOf({ kind, repository, tag, digest, manifests, tags }: Entry): string {
  if (kind === 'repository') return `${repository} (whole)`;
  const named = {
    repository,
    ...(kind === 'tag' && tag !== null && { tag }),
    ...(kind === 'manifest' && digest !== null && { digest }),
  };
  if (tags + manifests === 1) return contentInWords(named);
  return `${contentInWords(named)} (${counted(tags, 'tag')}, ${counted(manifests, 'manifest')})`;
}

function totalsInWords({ restorable, reclaimable }: Totals): string {
  return [
    `Kept by the trash alone: ${sizeInWords(restorable.bytes)} in ${counted(restorable.blobs, 'blob')}, of ${counted(restorable.entries, 'entry', 'entries')}.`,
    `To be freed by the next collection: ${sizeInWords(reclaimable.bytes)} in ${counted(reclaimable.blobs, 'blob')}.`,
  ].join('\n');
}
