import { createHash } from 'node:crypto';

/** Bytes with their digest, as a registry keeps them. */
export interface Stored {
  readonly mediaType: string;
  readonly digest: string;
  readonly body: Uint8Array;
}

/** A config with no content to speak of. */
export const SMALL_CONFIG: Stored = storedJson('application/vnd.oci.image.config.v1+json', {
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
});

/** An image without layers: all the listed tags name it. */
export const SMALL_MANIFEST: Stored = manifestOf(SMALL_CONFIG, []);

/** An OCI image manifest of these blobs. */
export function manifestOf(config: Stored, layers: readonly Stored[]): Stored {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const document = {
    schemaVersion: 2,
    mediaType,
    config: descriptor(config),
    layers: layers.map(descriptor),
  };
  return storedJson(mediaType, document);
}

export function storedJson(mediaType: string, document: object): Stored {
  return stored(mediaType, new TextEncoder().encode(JSON.stringify(document)));
}

export function stored(mediaType: string, body: Uint8Array): Stored {
  return { mediaType, digest: `sha256:${createHash('sha256').update(body).digest('hex')}`, body };
}

function descriptor({ mediaType, digest, body }: Stored): object {
  return { mediaType, digest, size: body.byteLength };
}
