import { Command } from 'commander';
import type { RemoteTag } from '../../api/browsing/contract.ts';
import {
  limitOf,
  PLACE_ARGUMENT,
  progressOf,
  withListOptions,
  withPlace,
  withPlaceOptions,
  type ListOptions,
} from '../browsing/find-place.ts';
import { repositoryOf, take } from '../browsing/place.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { counted, sizeInWords, timeInWords } from '../wording.ts';

export function tags(invocation: Invocation): Command {
  const command = new Command('tags')
    .description(
      'List the tags of a repository, here or in another registry, with what they name. On long lists, registries with nothing but the common API are not asked what each tag names.',
    )
    .summary('List the tags of a repository, here or elsewhere.')
    .argument('<repository>', PLACE_ARGUMENT)
    .option('--search <text>', 'only tags with this in them')
    .action((text: string, options: ListOptions) => run(invocation, text, options));
  return examples(withPlaceOptions(withListOptions(command, 50)), [
    ['havre tags team/app'],
    ['havre tags ghcr/octo/app --search 1.4'],
    ['havre tags ghcr.io/octo/app --all --json'],
  ]);
}

async function run(invocation: Invocation, text: string, options: ListOptions): Promise<void> {
  const found = await withPlace(invocation, { text, options }, async (place) => {
    const repository = repositoryOf(place);
    const progress = progressOf(invocation, options);
    const limit = limitOf(options);
    try {
      const { items, isMore } = await take(place.tags({ search: options.search ?? '', limit }), limit, (count) =>
        progress.show(`${counted(count, 'tag')} so far`),
      );
      return { repository, tags: items, isMore };
    } finally {
      progress.clear();
    }
  });
  invocation.show(options, { json: found, text: inWords(found.tags) });
  if (found.isMore && options.json !== true) invocation.remark('There are more: --all lists them, --limit some.');
}

function inWords(found: readonly RemoteTag[]): string {
  if (found.length === 0) return 'There are no tags.';
  const rows = found.map(({ name, digest, bytes, pushedAt, pulledAt, platforms }) => [
    name,
    digest?.slice(0, 19) ?? '-',
    bytes === null ? '-' : sizeInWords(bytes),
    pushedAt === null ? '-' : timeInWords(pushedAt),
    pulledAt === null ? '-' : timeInWords(pulledAt),
    platforms?.map(({ platform }) => platform).join(', ') ?? '-',
  ]);
  return table(['tag', 'digest', 'size', 'pushed', 'pulled', 'platforms'], rows);
}
