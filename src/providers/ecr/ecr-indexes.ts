import { z } from 'zod';
import { DOCKER_MANIFEST_LIST, isIndexType, OCI_INDEX } from '../../oci/media-types.ts';
import type { RemoteImage } from '../account.ts';
import { objectIn } from '../oci/answer.ts';
import type { AwsClient } from './aws-client.ts';
import { AwsError } from './aws-error.ts';
import { ManifestsAnswer } from './ecr-answers.ts';
import type { EcrRepositoryInput } from './ecr-deletion.ts';

/** What BatchGetImage takes at most. */
const AT_ONCE = 100;

const Index = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

/**
 * The same images, indexes with what they name: AWS lists images without that. Where nobody may read them, what they
 * name stays unknown.
 *
 * @throws {ProviderError}
 */
export async function withChildren(
  client: AwsClient,
  input: EcrRepositoryInput,
  { images, signal }: { readonly images: readonly RemoteImage[]; readonly signal: AbortSignal },
): Promise<readonly RemoteImage[]> {
  const indexes = images.filter(({ mediaType = '' }) => isIndexType(mediaType));
  if (indexes.length === 0) return images;
  const childrenOf = new Map<string, readonly string[]>();
  try {
    for (let from = 0; from < indexes.length; from += AT_ONCE) {
      const imageIds = indexes.slice(from, from + AT_ONCE).map(({ digest }) => ({ imageDigest: digest }));
      const asked = { ...input, imageIds, acceptedMediaTypes: [OCI_INDEX, DOCKER_MANIFEST_LIST] };
      const operation = { operation: 'BatchGetImage', input: asked, output: ManifestsAnswer };
      for (const { imageId, imageManifest } of (await client.call(operation, signal)).images) {
        const read = Index.safeParse(objectIn(new TextEncoder().encode(imageManifest ?? '')));
        const digest = imageId?.imageDigest;
        if (read.success && digest) childrenOf.set(digest, [...new Set(read.data.manifests.map((one) => one.digest))]);
      }
    }
  } catch (error) {
    if (!(error instanceof AwsError) || error.diagnosis !== 'forbidden') throw error;
  }
  return images.map((image) => {
    const children = childrenOf.get(image.digest);
    return children === undefined ? image : { ...image, children };
  });
}
