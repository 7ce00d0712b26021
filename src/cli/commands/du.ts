import { Command } from 'commander';
import type { RemoteImage } from '../../api/browsing/contract.ts';
import {
  limitOf,
  PLACE_ARGUMENT,
  progressOf,
  withListOptions,
  withPlace,
  withPlaceOptions,
  type ListOptions,
} from '../browsing/find-place.ts';
import { repositoryOf, take, type Place } from '../browsing/place.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { counted, sizeBothWays, sizeInWords } from '../wording.ts';

export function du(invocation: Invocation): Command {
  const command = new Command('du')
    .description(
      'Say how much an image holds, or the tags of a repository together, here or in another registry: added up, and with what they share counted once. Of other registries, the manifest of each image is read.',
    )
    .summary('Say how much images hold, here or elsewhere.')
    .argument('<what>', PLACE_ARGUMENT)
    .action((text: string, options: ListOptions) => run(invocation, text, options));
  return examples(withPlaceOptions(withListOptions(command, 50)), [
    ['havre du team/app'],
    ['havre du ghcr/octo/app:1.4'],
    ['havre du ghcr.io/octo/app --all --json', 'every tag'],
  ]);
}

interface Usage {
  /** Each image by itself, added up. */
  readonly total: number;
  /** Each content once. */
  readonly unique: number;
  readonly images: readonly ImageUsage[];
  readonly isMore: boolean;
}

interface ImageUsage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly bytes: number;
  /** What no other of these images has. */
  readonly own: number;
}

async function run(invocation: Invocation, text: string, options: ListOptions): Promise<void> {
  await withPlace(invocation, { text, options }, async (place) => {
    const known = await place.usage?.();
    if (known !== undefined) {
      const { total, unique, shared } = known;
      const words = [
        `total   ${sizeBothWays(total)}, each content once`,
        `unique  ${sizeBothWays(unique)}, which nothing else here has`,
        `shared  ${sizeBothWays(shared)}, with others`,
      ];
      invocation.show(options, { json: known, text: words.join('\n') });
      return;
    }
    const usage = await usageOf(invocation, place, options);
    invocation.show(options, { json: usage, text: inWords(usage) });
    if (usage.isMore && options.json !== true) invocation.remark('There are more tags: --all counts them.');
  });
}

async function usageOf(invocation: Invocation, place: Place, options: ListOptions): Promise<Usage> {
  repositoryOf(place);
  const progress = progressOf(invocation, options);
  const one = place.digest ?? place.tag;
  try {
    const limit = limitOf(options);
    const found =
      one === undefined
        ? await take(place.tags({ search: '', limit }), limit, (count) => progress.show(counted(count, 'tag')))
        : { items: [{ name: one, digest: null }], isMore: false };
    const imageByDigest = new Map<string, { readonly image: RemoteImage; readonly tags: string[] }>();
    for (const [at, { name, digest }] of found.items.entries()) {
      progress.show(`${at} of ${counted(found.items.length, 'tag')}`);
      const known = digest === null ? undefined : imageByDigest.get(digest);
      const image = known?.image ?? (await place.image(name));
      const seen = imageByDigest.get(image.digest);
      if (seen === undefined) imageByDigest.set(image.digest, { image, tags: [name] });
      else seen.tags.push(name);
    }
    return { ...summed([...imageByDigest.values()]), isMore: found.isMore };
  } finally {
    progress.clear();
  }
}

function summed(
  found: readonly { readonly image: RemoteImage; readonly tags: readonly string[] }[],
): Omit<Usage, 'isMore'> {
  const contents = found.map(({ image }) => contentsOf(image));
  const uses = new Map<string, number>();
  for (const digest of contents.flatMap((one) => [...one.keys()])) uses.set(digest, (uses.get(digest) ?? 0) + 1);
  const images = found.map(({ image, tags }, place) => {
    const parts = [...(contents[place] ?? [])];
    const own = sum(parts.filter(([digest]) => uses.get(digest) === 1));
    return { digest: image.digest, tags, bytes: sum(parts), own };
  });
  const total = images.reduce((all, { bytes }) => all + bytes, 0);
  return { total, unique: sum([...new Map(contents.flatMap((one) => [...one]))]), images };
}

/** Sizes of its manifests, configs and layers, by digest. */
function contentsOf({ digest, size, platforms }: RemoteImage): ReadonlyMap<string, number> {
  const blobs = platforms.flatMap((one) => [one, ...(one.config === null ? [] : [one.config]), ...one.layers]);
  return new Map([[digest, size], ...blobs.map((blob) => [blob.digest, blob.size] as const)]);
}

function sum(parts: readonly (readonly [string, number])[]): number {
  return parts.reduce((all, [, size]) => all + size, 0);
}

function inWords({ total, unique, images }: Usage): string {
  const rows = images.map(({ tags, digest, bytes, own }) => [
    tags.join(', '),
    digest.slice(0, 19),
    sizeInWords(bytes),
    sizeInWords(own),
  ]);
  return [
    table(['tags', 'digest', 'size', 'only here'], rows),
    '',
    `total   ${sizeBothWays(total)}, each image by itself`,
    `unique  ${sizeBothWays(unique)}, what they share counted once`,
  ].join('\n');
}
