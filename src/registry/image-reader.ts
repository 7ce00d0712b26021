import type { ImageDetails } from '../metadata/image-details.ts';
import { BlobUnknownError, ContentMissingError } from '../oci/errors.ts';
import type { ParsedManifest } from '../oci/manifest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Blobs } from './blobs.ts';
import { isImageConfig, LARGEST_CONFIG_BYTES, readImageConfig } from './image-config.ts';

/**
 * What an image that is being pushed says of itself; `undefined` of anything but an image, and of what is not here. Read
 * before the transaction of the push, in which nobody waits for storage.
 */
export async function readImageDetails(
  blobs: Pick<Blobs, 'get'>,
  repository: RepositoryName,
  { config }: ParsedManifest,
): Promise<ImageDetails | undefined> {
  if (config === undefined || !isImageConfig(config.mediaType) || config.size > LARGEST_CONFIG_BYTES) return undefined;
  try {
    const blob = await blobs.get(repository, config.digest);
    if (blob.size > LARGEST_CONFIG_BYTES) return undefined;
    return readImageConfig(await new Response(await blob.read()).bytes());
  } catch (error) {
    // Whether it may be absent is decided by the push itself.
    if (error instanceof BlobUnknownError || error instanceof ContentMissingError) return undefined;
    throw error;
  }
}
