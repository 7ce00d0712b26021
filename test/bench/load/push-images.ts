import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, randomBlob, type Content } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import { eachOf } from '../push.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/**
 * A process that pushes small images which share their layers, by several clients at once, as CI does after a change
 * of the application only: HEAD of each layer, mount where this repository lacks it, config, manifest by tag.
 * It prints how many seconds that took.
 */
export interface PushImages {
  readonly target: Target;
  readonly images: number;
  readonly clients: number;
  /** The images are spread over so many repositories. */
  readonly repositories: number;
  readonly layers: number;
}

/** Bytes of a layer: with ten of them an image is a small service on a distroless base, without the big files. */
const LAYER_BYTES = 10_000;

/** The first repository: the layers are pushed here before the clock starts. */
const BASE = 'base/layers';

if (import.meta.main) {
  const task = ownTask<PushImages>();
  const client = new RegistryClient(task.target);
  const layers = Array.from({ length: task.layers }, () => randomBlob(LAYER_BYTES));
  for (const layer of layers) await client.pushBlob(BASE, layer);
  const indexes = Array.from({ length: task.images }, (_, index) => index);
  const began = performance.now();
  await eachOf(indexes, task.clients, (index) => {
    const repository = `apps/service-${index % task.repositories}`;
    return pushSmallImage(client, repository, `build-${index}`, layers);
  });
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
}

async function pushSmallImage(
  client: RegistryClient,
  repository: string,
  tag: string,
  layers: readonly Content[],
): Promise<void> {
  for (const layer of layers) {
    const known = await client.send('HEAD', `/v2/${repository}/blobs/${layer.digest}`);
    if (known.status !== 200) await mount(client, repository, layer);
  }
  const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux', config: { Labels: { build: tag } } });
  const { manifest } = imageOf(layers, { config: descriptorOf(config) });
  await client.pushBlob(repository, config);
  await client.pushManifest(repository, manifest, tag);
}

async function mount(client: RegistryClient, repository: string, blob: Content): Promise<void> {
  const query = new URLSearchParams({ mount: blob.digest, from: BASE });
  const reply = await client.expect(201, 'POST', `/v2/${repository}/blobs/uploads/?${query}`);
  await reply.arrayBuffer();
}
