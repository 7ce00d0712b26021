import { Command, InvalidArgumentError } from 'commander';
import {
  listSizes,
  recountSizes,
  showRepositorySizes,
  showTagSize,
  type RepositorySizes,
  type Size,
  type Sums,
} from '../../api/sizes/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { parsePatternArgument } from '../rule-argument.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { counted, sizeInWords } from '../wording.ts';

interface Options extends WhereOptions {
  readonly limit: number;
  readonly quick?: true;
  readonly recount?: true;
}

export function sizes(invocation: Invocation): Command {
  const command = new Command('sizes')
    .description(
      'Say how much images, repositories or all of them hold: in total, for themselves alone, and shared with others.',
    )
    .argument('[what]', "a pattern ('team/**'), a repository (team/app), or an image (team/app:1.4); default: all")
    .option('--limit <count>', 'how many of the largest repositories to list', parseCount, 20)
    .option('--quick', 'of a pattern: do not count what several repositories share once, which reads all links')
    .option('--recount', 'count everything again, and put right what was counted wrong')
    .action((what: string | undefined, options: Options) => run(invocation, what, options));
  return examples(withWhereOptions(command), [
    ['havre sizes'],
    ["havre sizes 'team/**'"],
    ['havre sizes team/app'],
    ['havre sizes team/app:1.4'],
    ['havre sizes --recount', 'nothing should differ'],
  ]);
}

async function run(invocation: Invocation, what: string | undefined, options: Options): Promise<void> {
  const result = await withAdmin(invocation, options, (connection) => {
    if (options.recount === true) return recount(connection, what);
    const colon = what?.lastIndexOf(':') ?? -1;
    if (what !== undefined && colon !== -1) return ofTag(connection, what.slice(0, colon), what.slice(colon + 1));
    if (what !== undefined && !what.includes('*')) return ofRepository(connection, what);
    return ofPattern(connection, what ?? '**', options);
  });
  invocation.show(options, result);
}

interface Shown {
  readonly json: unknown;
  readonly text: string;
}

async function recount(connection: AdminConnection, what: string | undefined): Promise<Shown> {
  if (what !== undefined) throw new UsageError('--recount is for everything: name nothing.');
  const { differences } = await ask(connection, recountSizes, {});
  const lines = differences.map(({ of, id, missing }) => `${of} ${id}: ${JSON.stringify(missing)}`);
  const text =
    differences.length === 0
      ? 'Counted again: nothing differs.'
      : `Counted again, and put right what was wrong:\n${lines.join('\n')}`;
  return { json: differences, text };
}

async function ofTag(connection: AdminConnection, repository: string, tag: string): Promise<Shown> {
  const found = await ask(connection, showTagSize, { repository, tag });
  const text = `${repository}:${tag} (${found.digest})\n${sizeTable(found.size, 'only of this image')}`;
  return { json: found, text };
}

async function ofRepository(connection: AdminConnection, repository: string): Promise<Shown> {
  const found = await ask(connection, showRepositorySizes, { repository });
  const { blobs, manifests, tags } = found;
  const holds = [counted(tags, 'tag'), counted(manifests, 'manifest'), counted(blobs, 'blob')].join(', ');
  return { json: found, text: `${repository}: ${holds}\n${sizeTable(found.size, 'only of this repository')}` };
}

async function ofPattern(connection: AdminConnection, given: string, { limit, quick }: Options): Promise<Shown> {
  const pattern = parsePatternArgument(given);
  const { sums, repositories } = await ask(connection, listSizes, { pattern, limit, exact: quick !== true });
  const rows = repositories.map((one) => rowOf(one));
  const list = rows.length === 0 ? [] : ['', table(['repository', 'total', 'unique', 'shared', 'tags'], rows)];
  return {
    json: { sums, repositories },
    text: [...(sums === null ? [] : sumLines(pattern, sums)), ...list].join('\n'),
  };
}

function sumLines(pattern: string, sums: Sums): readonly string[] {
  const { repositories, manifests, tags, counted: added, blobs, trash } = sums;
  const holds = [
    counted(repositories, 'repository', 'repositories'),
    counted(tags, 'tag'),
    counted(manifests, 'manifest'),
  ];
  return [
    `${pattern}: ${holds.join(', ')}`,
    `added up    ${sizeInWords(added)}, as quotas count it`,
    ...(blobs === null
      ? []
      : [
          `stored      ${sizeInWords(blobs.total)}, each blob once`,
          `unique      ${sizeInWords(blobs.unique)}, which no other repository has`,
        ]),
    `in trash    ${sizeInWords(trash.restorable)} that can be restored, ${sizeInWords(trash.reclaimable)} that the next collection frees`,
  ];
}

function sizeTable({ total, unique, shared }: Size, only: string): string {
  return [
    `total   ${sizeInWords(total)}`,
    `unique  ${sizeInWords(unique)}, ${only}`,
    `shared  ${sizeInWords(shared)}, with others`,
  ].join('\n');
}

function rowOf({ repository, size, tags }: RepositorySizes): string[] {
  return [repository, ...[size.total, size.unique, size.shared].map(sizeInWords), String(tags)];
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1000) throw new InvalidArgumentError('It must be 1 to 1000.');
  return count;
}
