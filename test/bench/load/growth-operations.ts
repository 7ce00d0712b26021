import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, randomBlob, type Content } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import { LARGE, repositoryOf, tagOf } from '../growing-content.ts';
import { median } from '../median.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/**
 * A process that does what clients do, one operation after another, each time with another image, and prints the median
 * seconds of each operation by its name: one for each registry. In turn, registry by registry: what else the machine
 * does then slows all of them alike.
 */
export interface GrowthOperations {
  readonly registries: readonly { readonly target: Target; readonly images: number }[];
  readonly rounds: number;
}

/** Rounds before the first that counts. */
const WARMING = 10;
const REFERRERS = 10;
const BLOBS = 64;
/** So short that the smallest registry has a whole page, wherever it begins. */
const PAGE = 20;

/** What is there for the operations, besides the images. */
interface Prepared {
  readonly client: RegistryClient;
  readonly images: number;
  readonly config: Content;
  readonly layers: readonly Content[];
  readonly subject: Content;
}

type Operation = (prepared: Prepared, round: number) => Promise<void>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET manifest by tag': ({ client, images }) => get(client, `/v2/${LARGE}/manifests/${tagOf(anEven(images))}`),
  'GET manifest by tag, of a small repository': ({ client, images }) => {
    const image = anEven(images) + 1;
    return get(client, `/v2/${repositoryOf(image)}/manifests/${tagOf(image)}`);
  },
  'HEAD blob': ({ client, layers }, round) =>
    done(client.expect(200, 'HEAD', `/v2/${LARGE}/blobs/${layers[round % BLOBS]?.digest}`)),
  'first page of the tags': ({ client }) => get(client, `/v2/${LARGE}/tags/list?n=${PAGE}`),
  'page of the tags after any': ({ client, images }) =>
    get(client, `/v2/${LARGE}/tags/list?n=${PAGE}&last=${tagOf(anEven(images / 2))}`),
  'page of the catalog after any': ({ client, images }) =>
    get(client, `/v2/_catalog?n=${PAGE}&last=${repositoryOf(anEven(images / 2) + 1)}`),
  'list of referrers': ({ client, subject }) => get(client, `/v2/${LARGE}/referrers/${subject.digest}`),
  'push of a manifest by tag': (prepared, round) =>
    prepared.client.pushManifest(LARGE, newManifest(prepared, round), newTag(round)),
  'delete of a tag': ({ client }, round) => client.deleteManifest(LARGE, newTag(round)),
  'delete of a manifest': (prepared, round) =>
    prepared.client.deleteManifest(LARGE, newManifest(prepared, round).digest),
};

if (import.meta.main) {
  const { registries, rounds } = ownTask<GrowthOperations>();
  const prepared: Prepared[] = [];
  for (const { target, images } of registries) prepared.push(await prepare(target, images));
  const medians: Record<string, number[]> = {};
  const times = new Map(Object.keys(OPERATIONS).map((name) => [name, prepared.map((): number[] => [])]));
  for (let round = 0; round < WARMING + rounds; round++) {
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      for (const [place, registry] of prepared.entries()) {
        const began = performance.now();
        await operation(registry, round);
        if (round >= WARMING) times.get(name)?.[place]?.push((performance.now() - began) / 1000);
      }
    }
  }
  for (const [name, byRegistry] of times) medians[name] = byRegistry.map(median);
  console.log(JSON.stringify(medians));
}

async function prepare(target: Target, images: number): Promise<Prepared> {
  const client = new RegistryClient(target);
  const layers = Array.from({ length: BLOBS }, () => randomBlob(1000));
  const config = documentOf(IMAGE_CONFIG, {});
  for (const blob of [config, ...layers]) await client.pushBlob(LARGE, blob);
  const subject = imageOf(layers.slice(0, 1), { config: descriptorOf(config) }).manifest;
  await client.pushManifest(LARGE, subject);
  for (let referrer = 0; referrer < REFERRERS; referrer++) {
    const fields = {
      config: descriptorOf(config),
      subject: descriptorOf(subject),
      annotations: { referrer: `${referrer}` },
    };
    await client.pushManifest(LARGE, imageOf([], fields).manifest);
  }
  return { client, images, config, layers, subject };
}

/** A manifest that nobody pushed before this round. */
function newManifest({ config, layers }: Prepared, round: number): Content {
  const fields = { config: descriptorOf(config), annotations: { round: `${round}` } };
  return imageOf(layers.slice(0, 3), fields).manifest;
}

function newTag(round: number): string {
  return `build-${round}-new`;
}

/** One of the images with an even number, by chance. */
function anEven(images: number): number {
  return 2 * Math.floor((Math.random() * images) / 2);
}

async function get(client: RegistryClient, path: string): Promise<void> {
  await done(client.expect(200, 'GET', path));
}

async function done(reply: Promise<Response>): Promise<void> {
  await (await reply).arrayBuffer();
}
