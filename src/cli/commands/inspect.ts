import { Command } from 'commander';
import type { RemoteImage } from '../../api/browsing/contract.ts';
import { PLACE_ARGUMENT, withPlace, withPlaceOptions, type PlaceOptions } from '../browsing/find-place.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { table } from '../table.ts';
import { printable, sizeInWords } from '../wording.ts';

interface Options extends PlaceOptions {
  readonly raw?: true;
}

export function inspect(invocation: Invocation): Command {
  const command = new Command('inspect')
    .description(
      'Show an image, here or in another registry, without pulling it: its digest, platforms, sizes, labels, and what it runs.',
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
  const image = await withPlace(invocation, { text, options }, (place) =>
    place.image(place.digest ?? place.tag ?? 'latest'),
  );
  if (options.raw !== true) {
    invocation.show(options, { json: image, text: inWords(image) });
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

function wordsOf(words: readonly string[] | undefined): string | undefined {
  return words === undefined || words.length === 0 ? undefined : JSON.stringify(words);
}
