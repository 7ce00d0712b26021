import {
  type Content,
  descriptorOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_MANIFEST,
  imageOf,
  indexOf,
  randomBlob,
} from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { RunningHavre } from '../../support/server.ts';

/** What the repository `team/app` holds when {@link pushApp} is done. */
export interface PushedApp {
  readonly index: Content;
  readonly image: Content;
}

/**
 * Pushes an image that says how it was made, an index of two platforms, a signature of it, and a few tags: `1.0`, `1.1`,
 * `latest` (the index), `pr-1` and `pr-2`, which are one manifest.
 */
export async function pushApp(havre: RunningHavre, repository = 'team/app'): Promise<PushedApp> {
  const client = new RegistryClient(havre);
  const image = await pushDescribed(client, repository);
  await client.pushManifest(repository, image, '1.0');
  const other = imageOf([randomBlob(30_000)]);
  await client.pushImage(repository, other, '1.1');
  const index = indexOf([image, other.manifest]);
  await client.pushManifest(repository, index, 'latest');
  const preview = imageOf([randomBlob(5_000)]);
  await client.pushImage(repository, preview, 'pr-1');
  await client.pushManifest(repository, preview.manifest, 'pr-2');
  const signature = imageOf([randomBlob(300)], {
    artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    subject: descriptorOf(index),
  });
  await client.pushImage(repository, signature);
  return { index, image };
}

async function pushDescribed(client: RegistryClient, repository: string): Promise<Content> {
  const layers = [randomBlob(60_000), randomBlob(9_000)];
  const config = documentOf(IMAGE_CONFIG, {
    created: '2026-11-01T12:00:00Z',
    author: 'a team',
    architecture: 'amd64',
    os: 'linux',
    config: {
      Env: ['PATH=/usr/bin', 'MODE=production'],
      Entrypoint: ['/app'],
      Cmd: ['--serve'],
      WorkingDir: '/srv',
      ExposedPorts: { '8080/tcp': {} },
      Labels: { 'org.opencontainers.image.source': 'https://git.example.org/team/app', team: 'harbour' },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: [
      { created_by: '/bin/sh -c #(nop) ADD file:rootfs in / ' },
      { created_by: 'ENV MODE=production', empty_layer: true },
      { created_by: 'RUN /bin/sh -c make install # buildkit' },
    ],
  });
  for (const blob of [config, ...layers]) await client.pushBlob(repository, blob);
  return documentOf(IMAGE_MANIFEST, {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  });
}
