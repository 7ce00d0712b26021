import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  contentOf,
  descriptorOf,
  digestOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_INDEX,
  IMAGE_LAYER,
  IMAGE_MANIFEST,
  type Content,
} from '../../support/image.ts';
import { helloProgram } from './hello.ts';
import { tarOfProgram } from './tar.ts';

export interface LayoutOptions {
  /** Each becomes an image with a program that prints it, all of them under one index. One alone: no index. */
  readonly messages: readonly string[];
  readonly tag: string;
  /** Default `gzip`. Clients compress `plain` layers on the way, in the form they are told. */
  readonly layers?: 'gzip' | 'plain';
}

/** Processors named in an index, in the order of the messages. */
const PLATFORMS = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 'riscv64' },
];

/**
 * Writes an OCI image layout, which skopeo, crane and oras read as `oci:<folder>:<tag>`.
 *
 * @returns the digest that a registry must give for what the tag names: the bytes are never changed on the way.
 */
export async function writeLayout(folder: string, options: LayoutOptions): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const images: Content[] = [];
  for (const [place, message] of options.messages.entries()) {
    images.push(await writeImage(folder, { message, place, layers: options.layers ?? 'gzip' }));
  }
  const [only, ...others] = images;
  const named = only !== undefined && others.length === 0 ? only : await writeIndex(folder, images);
  const annotations = { 'org.opencontainers.image.ref.name': options.tag };
  const manifests = [{ ...descriptorOf(named), annotations }];
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return named.digest;
}

async function writeIndex(folder: string, images: readonly Content[]): Promise<Content> {
  const manifests = images.map((image, place) => ({ ...descriptorOf(image), platform: PLATFORMS[place] }));
  return writeBlob(folder, documentOf(IMAGE_INDEX, { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests }));
}

async function writeImage(
  folder: string,
  { message, place, layers }: { message: string; place: number; layers: 'gzip' | 'plain' },
): Promise<Content> {
  const tar = tarOfProgram('hello', helloProgram(message));
  const layer = layers === 'gzip' ? contentOf(`${IMAGE_LAYER}+gzip`, Bun.gzipSync(tar)) : contentOf(IMAGE_LAYER, tar);
  const config = documentOf(IMAGE_CONFIG, {
    ...PLATFORMS[place],
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created_by: message }],
  });
  const manifest = documentOf(IMAGE_MANIFEST, {
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
  });
  await writeBlob(folder, layer);
  await writeBlob(folder, config);
  return writeBlob(folder, manifest);
}

async function writeBlob(folder: string, content: Content): Promise<Content> {
  await writeFile(join(folder, 'blobs/sha256', content.digest.slice('sha256:'.length)), content.bytes);
  return content;
}
