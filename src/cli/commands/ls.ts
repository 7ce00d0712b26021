import { Command } from 'commander';
import type { RemoteRepository } from '../../api/browsing/contract.ts';
import {
  limitOf,
  PLACE_ARGUMENT,
  progressOf,
  withListOptions,
  withPlace,
  withPlaceOptions,
  type ListOptions,
} from '../browsing/find-place.ts';
import { take } from '../browsing/place.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { counted, sizeInWords, timeInWords } from '../wording.ts';

export function ls(invocation: Invocation): Command {
  const command = new Command('ls')
    .description('List the repositories of this registry, or of another: one that is connected here, or any.')
    .summary('List the repositories of a registry, this one or another.')
    .argument('[where]', `${PLACE_ARGUMENT}; default: this registry`)
    .option('--search <text>', 'only names with this in them')
    .action((where: string | undefined, options: ListOptions) => run(invocation, where ?? '', options));
  return examples(withPlaceOptions(withListOptions(command, 100)), [
    ['havre ls'],
    ['havre ls ghcr', 'the registry that is connected under this name'],
    ['havre ls reg-7fk2 --search api --all'],
    ['havre ls localhost:5000 --json'],
  ]);
}

async function run(invocation: Invocation, text: string, options: ListOptions): Promise<void> {
  const found = await withPlace(invocation, { text, options }, async (place) => {
    const progress = progressOf(invocation, options);
    const limit = limitOf(options);
    // What is named begins the names of what is meant.
    const below = place.repository;
    const parts = place.repositories({ search: options.search ?? below, limit });
    try {
      const { items, isMore } = await take(parts, limit, (count) =>
        progress.show(`${counted(count, 'repository', 'repositories')} so far`),
      );
      const isBelow = ({ name }: RemoteRepository): boolean =>
        below === '' || name === below || name.startsWith(`${below}/`);
      return { repositories: items.filter(isBelow), isMore };
    } finally {
      progress.clear();
    }
  });
  const { repositories, isMore } = found;
  invocation.show(options, { json: found, text: inWords(repositories) });
  if (isMore && options.json !== true) invocation.remark('There are more: --all lists them, --limit some.');
}

function inWords(repositories: readonly RemoteRepository[]): string {
  if (repositories.length === 0) return 'There are no repositories, or none that you may see.';
  const rows = repositories.map(({ name, tags, bytes, pushedAt, pulledAt }) => [
    name,
    tags === null ? '-' : String(tags),
    bytes === null ? '-' : sizeInWords(bytes),
    pushedAt === null ? '-' : timeInWords(pushedAt),
    pulledAt === null ? '-' : timeInWords(pulledAt),
  ]);
  return table(['repository', 'tags', 'size', 'pushed', 'pulled'], rows);
}
