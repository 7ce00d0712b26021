import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { helloProgram } from './hello.ts';

export interface LayoutOptions {
  /** Each becomes an image with a program that prints it, all of them under one index. One alone: no index. */
  readonly messages: readonly string[];
  readonly tag: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
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
export async function writeLayout(folder: string, { messages, tag }: LayoutOptions): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const images: Descriptor[] = [];
  for (const [index, message] of messages.entries()) images.push(await writeImage(folder, message, index));
  const [only] = images;
  const named =
    images.length === 1 && only !== undefined
      ? only
      : await writeJson(folder, 'application/vnd.oci.image.index.v1+json', {
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: images.map((image, index) => ({ ...image, platform: PLATFORMS[index] })),
        });
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...named, annotations }] }),
  );
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return named.digest;
}

async function writeImage(folder: string, message: string, index: number): Promise<Descriptor> {
  const tar = await new Bun.Archive({ hello: helloProgram(message) }).bytes();
  const layer = await writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar', tar);
  const config = await writeJson(folder, 'application/vnd.oci.image.config.v1+json', {
    ...PLATFORMS[index],
    config: { Cmd: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created_by: message }],
  });
  return writeJson(folder, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  });
}

function writeJson(folder: string, mediaType: string, document: object): Promise<Descriptor> {
  return writeBlob(folder, mediaType, new TextEncoder().encode(JSON.stringify(document)));
}

async function writeBlob(folder: string, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const hex = createHash('sha256').update(bytes).digest('hex');
  await writeFile(join(folder, 'blobs/sha256', hex), bytes);
  return { mediaType, digest: `sha256:${hex}`, size: bytes.byteLength };
}
