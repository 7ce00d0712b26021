import { algorithmOf, digestOf, type Digest } from '../oci/digest.ts';
import { ManifestInvalidError } from '../oci/errors.ts';
import { parseManifest, requiredBlobs } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST, isManifestType, OCI_INDEX, OCI_MANIFEST } from '../oci/media-types.ts';
import type { ReadManifest } from '../registry/manifest-facts.ts';
import type { WantedBlob } from './blob-intake.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import type { Taking } from './taking.ts';

/** Far above real images (overlayfs mounts 127 layers); each costs a row. */
const MOST_LAYERS = 10_000;

/**
 * Reads and verifies a manifest where it lies.
 *
 * @throws {ForeignFaultError} absent, too large, other bytes than its digest says, or not a manifest we can serve.
 */
export async function readForeignManifest({ parts, source }: Taking, digest: Digest): Promise<ReadManifest> {
  const bytes = await source.read(digest, parts.manifestBytes);
  if (bytes === undefined) throw new ForeignFaultError('its bytes are missing in the source');
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual !== digest) throw new ForeignFaultError(`its bytes are ${actual}`);
  try {
    const limits = { manifests: parts.rules.indexManifests, layers: MOST_LAYERS };
    return { digest, bytes, manifest: parseManifest(bytes, guessedType(bytes), limits) };
  } catch (error) {
    if (!(error instanceof ManifestInvalidError)) throw error;
    if (error.message !== 'schema1 unsupported') throw new ForeignFaultError(error.message, { cause: error });
    throw new ForeignFaultError(
      'it is of schema 1, which Docker gave up in 2017. To keep the image, push it again with a newer client',
      { cause: error },
    );
  }
}

/** The blobs that it names, each once. */
export function blobsOf({ manifest }: ReadManifest): readonly WantedBlob[] {
  const required = new Set(requiredBlobs(manifest));
  const named = [
    ...(manifest.config === undefined ? [] : [manifest.config]),
    ...manifest.layers,
    ...manifest.manifests.filter(({ mediaType }) => !isManifestType(mediaType)),
  ];
  const byDigest = new Map(
    named.map(({ digest, size }) => [digest, { digest, size, isOptional: !required.has(digest) }]),
  );
  return [...byDigest.values()];
}

/**
 * What it is, if it does not say so itself: no registry's folder keeps the `Content-Type` it came with.
 *
 * @returns `undefined` when it says so, or cannot be read at all.
 */
function guessedType(bytes: Uint8Array): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null) return undefined;
  const { mediaType, manifests, config } = document as { mediaType?: unknown; manifests?: unknown; config?: unknown };
  if (typeof mediaType === 'string' && mediaType !== '') return undefined;
  if (Array.isArray(manifests)) return OCI_INDEX;
  const isDockers = (config as { mediaType?: unknown } | undefined)?.mediaType === DOCKER_CONFIG;
  return isDockers ? DOCKER_MANIFEST : OCI_MANIFEST;
}
