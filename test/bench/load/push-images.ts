import { randomBytes } from 'node:crypto';
import { manifestOf, stored, storedJson, type Stored } from '../image.ts';
import { pushBlob, pushManifest, send, type Target } from '../push.ts';
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
  const layers = Array.from({ length: task.layers }, () =>
    stored('application/vnd.oci.image.layer.v1.tar', randomBytes(LAYER_BYTES)),
  );
  for (const layer of layers) await pushBlob(task.target, BASE, layer);
  const waiting = Array.from({ length: task.images }, (_, index) => index).values();
  const client = async (): Promise<void> => {
    for (const index of waiting) await pushSmallImage(task, index, layers);
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: task.clients }, client));
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
}

async function pushSmallImage(task: PushImages, index: number, layers: readonly Stored[]): Promise<void> {
  const { target } = task;
  const repository = `apps/service-${index % task.repositories}`;
  for (const layer of layers) {
    if (!(await exists(target, repository, layer))) await mount(target, repository, layer);
  }
  const config = storedJson('application/vnd.oci.image.config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { build: String(index) } },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  await pushBlob(target, repository, config);
  await pushManifest(target, repository, `build-${index}`, manifestOf(config, layers));
}

async function exists(target: Target, repository: string, blob: Stored): Promise<boolean> {
  const headers = new Headers(target.authorization === undefined ? {} : { Authorization: target.authorization });
  const url = `${target.url}/v2/${repository}/blobs/${blob.digest}`;
  return (await fetch(url, { method: 'HEAD', headers })).status === 200;
}

async function mount(target: Target, repository: string, blob: Stored): Promise<void> {
  const query = new URLSearchParams({ mount: blob.digest, from: BASE });
  await send(target, `${target.url}/v2/${repository}/blobs/uploads/?${query}`, { method: 'POST' }, 201);
}
