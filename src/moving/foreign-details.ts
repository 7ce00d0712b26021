import type { ImageDetails } from '../metadata/image-details.ts';
import { algorithmOf, digestOf, type Digest } from '../oci/digest.ts';
import { isImageConfig, LARGEST_CONFIG_BYTES, readImageConfig } from '../registry/image-config.ts';
import type { ReadManifest } from '../registry/manifest-facts.ts';
import { forEachOf } from './batches.ts';
import { ForeignFaultError } from './foreign-blobs.ts';
import type { Taking } from './taking.ts';

/** How many configs are read at once. */
const AT_ONCE = 16;

/** What images say of themselves, as a push reads it. Whether a config may be absent is decided elsewhere. */
export async function readForeignDetails(
  taking: Taking,
  manifests: readonly ReadManifest[],
): Promise<ReadonlyMap<Digest, ImageDetails>> {
  const found = new Map<Digest, ImageDetails>();
  await forEachOf(manifests, AT_ONCE, async ({ digest, manifest: { config } }) => {
    if (config === undefined || !isImageConfig(config.mediaType) || config.size > LARGEST_CONFIG_BYTES) return;
    const bytes = await readConfig(taking, config.digest);
    const details = bytes === undefined ? undefined : readImageConfig(bytes);
    if (details !== undefined) found.set(digest, details);
  });
  return found;
}

async function readConfig({ source }: Taking, digest: Digest): Promise<Uint8Array | undefined> {
  try {
    const bytes = await source.read(digest, LARGEST_CONFIG_BYTES);
    return bytes !== undefined && digestOf(bytes, algorithmOf(digest)) === digest ? bytes : undefined;
  } catch (error) {
    if (error instanceof ForeignFaultError) return undefined;
    throw error;
  }
}
