import { createHash } from 'node:crypto';

export const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';
export const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const IMAGE_LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** Bytes with their name, as they are pushed: a blob or a manifest. */
export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface DescriptorOfContent {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** An image manifest and the blobs that have to be pushed before it. */
export interface Image {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

export type Algorithm = 'sha256' | 'sha512';

export function contentOf(mediaType: string, bytes: Uint8Array, algorithm: Algorithm = 'sha256'): Content {
  return { mediaType, digest: digestOf(bytes, algorithm), bytes };
}

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A JSON document as content. */
export function documentOf(mediaType: string, document: object, algorithm: Algorithm = 'sha256'): Content {
  return contentOf(mediaType, new TextEncoder().encode(JSON.stringify(document)), algorithm);
}

/** A blob of `sizeBytes` that nobody else has: random bytes do not compress. */
export function randomBlob(sizeBytes: number, algorithm: Algorithm = 'sha256'): Content {
  return contentOf(IMAGE_LAYER, randomBytes(sizeBytes), algorithm);
}

export function randomBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let from = 0; from < sizeBytes; from += 65_536) crypto.getRandomValues(bytes.subarray(from, from + 65_536));
  return bytes;
}

/**
 * An image of these layers. `fields` go into the manifest as they are (`subject`, `annotations`, `artifactType`, …)
 * and are stronger than what would be there otherwise.
 */
export function imageOf(layers: readonly Content[], fields: object = {}, algorithm: Algorithm = 'sha256'): Image {
  const config = documentOf(
    IMAGE_CONFIG,
    { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } },
    algorithm,
  );
  const manifest = documentOf(
    IMAGE_MANIFEST,
    {
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: descriptorOf(config),
      layers: layers.map(descriptorOf),
      ...fields,
    },
    algorithm,
  );
  return { manifest, blobs: [config, ...layers] };
}

/** An index of these manifests; `fields` as in {@link imageOf}. */
export function indexOf(manifests: readonly Content[], fields: object = {}, algorithm: Algorithm = 'sha256'): Content {
  const document = {
    schemaVersion: 2,
    mediaType: IMAGE_INDEX,
    manifests: manifests.map((manifest, place) => ({
      ...descriptorOf(manifest),
      platform: { os: 'linux', architecture: place % 2 === 0 ? 'amd64' : 'arm64' },
    })),
    ...fields,
  };
  return documentOf(IMAGE_INDEX, document, algorithm);
}

export function descriptorOf({ mediaType, digest, bytes }: Content): DescriptorOfContent {
  return { mediaType, digest, size: bytes.byteLength };
}
