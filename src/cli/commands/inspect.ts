import { Command } from 'commander';
import type { ReferrerDocument, RemoteImage } from '../../api/browsing/contract.ts';
import { PLACE_ARGUMENT, withPlace, withPlaceOptions, type PlaceOptions } from '../browsing/find-place.ts';
import { take } from '../browsing/place.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { printable, sizeInWords } from '../wording.ts';

/** Of one image, more are not shown: the admin API has all, page by page. */
const MOST_REFERRERS = 1000;

interface Options extends PlaceOptions {
  readonly raw?: true;
}

export function inspect(invocation: Invocation): Command {
  const command = new Command('inspect')
    .description(
      'Show an image, here or in another registry, without pulling it: its digest, platforms, sizes, labels, what it runs, and what refers to it: signatures, attestations, lists of parts.',
    )
    .summary('Show an image, here or elsewhere.')
    .argument('<image>', `${PLACE_ARGUMENT}; with :tag or @digest, else :latest`)
    .option('--raw', 'the manifest as the registry has it')
    .action((text: string, options: Options) => run(invocation, text, options));
  return examples(withPlaceOptions(command), [
    ['havre inspect team/app:1.4'],
    ['havre inspect ghcr/octo/app:latest'],
    ['havre inspect docker.io/library/alpine --direct'],
    ['havre inspect ghcr.io/octo/app@sha256:… --raw'],
  ]);
}

async function run(invocation: Invocation, text: string, options: Options): Promise<void> {
  const { image, ...about } = await withPlace(invocation, { text, options }, async (place) => {
    const found = await place.image(place.digest ?? place.tag ?? 'latest');
    if (options.raw === true) return { image: found, referrers: [], isMore: false };
    const { items, isMore } = await take(place.referrers(found.digest, MOST_REFERRERS), MOST_REFERRERS, () => {});
    return { image: found, referrers: items, isMore };
  });
  if (options.raw !== true) {
    const { referrers, isMore } = about;
    const json = { ...image, referrers, hasMoreReferrers: isMore };
    invocation.show(options, { json, text: [inWords(image), ...referrersInWords(referrers, isMore)].join('\n') });
    return;
  }
  if (image.manifest === '') {
    throw new UsageError('--raw reads from a registry: name this one with its host, localhost:5000/team/app.');
  }
  invocation.host.stdout.write(image.manifest);
}

function inWords(image: RemoteImage): string {
  const { digest, mediaType, artifactType, subject, bytes, platforms, annotations } = image;
  const [only, another] = platforms;
  const runs = another === undefined ? only?.runs : undefined;
  const lines: readonly (readonly [string, string | null | undefined])[] = [
    ['digest', digest],
    ['type', artifactType ?? mediaType],
    ['subject', subject],
    ['size', sizeInWords(bytes)],
    ['created', runs?.created],
    ['user', runs?.user],
    ['directory', runs?.workingDirectory],
    ['entrypoint', wordsOf(runs?.entrypoint)],
    ['command', wordsOf(runs?.command)],
    ['ports', wordsOf(runs?.exposedPorts)],
    ...Object.entries(annotations).map(([name, value]) => ['annotation', `${name}=${value}`] as const),
    ...Object.entries(runs?.labels ?? {}).map(([name, value]) => ['label', `${name}=${value}`] as const),
  ];
  const said = lines.flatMap(([name, value]) => (value ? [`${name.padEnd(11)} ${printable(value)}`] : []));
  const rows = platforms.map((one) => [
    one.platform ?? '-',
    one.digest,
    one.layers.length === 0 ? '-' : String(one.layers.length),
    one.layers.length === 0 ? '-' : sizeInWords(one.layers.reduce((sum, { size }) => sum + size, 0)),
    one.runs?.created ?? '-',
  ]);
  return [...said, '', table(['platform', 'digest', 'layers', 'size', 'created'], rows)].join('\n');
}

function referrersInWords(referrers: readonly ReferrerDocument[], isMore: boolean): readonly string[] {
  if (referrers.length === 0) return [];
  const rows = referrers.map(({ digest, artifactType, mediaType, tag, size }) => [
    printable(artifactType ?? kindOf(tag) ?? mediaType),
    digest,
    size === null ? '-' : sizeInWords(size),
    tag === null ? '-' : printable(tag),
  ]);
  const more = isMore ? [`There are more than ${MOST_REFERRERS}.`] : [];
  return ['', table(['referrer', 'digest', 'size', 'tag'], rows), ...more];
}

/** By what cosign named it. */
function kindOf(tag: string | null): string | undefined {
  const kinds: Readonly<Record<string, string>> = { sig: 'signature', att: 'attestation', sbom: 'list of parts' };
  return tag === null ? undefined : kinds[tag.slice(tag.lastIndexOf('.') + 1)];
}

function wordsOf(words: readonly string[] | undefined): string | undefined {
  return words === undefined || words.length === 0 ? undefined : JSON.stringify(words);
}
