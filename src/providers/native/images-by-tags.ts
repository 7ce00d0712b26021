import type { RemoteImage, RemoteTag } from '../account.ts';

/** The images that tags name, where a registry tells of nothing else. Tags without a digest name nothing. */
export async function imagesByTags(
  tags: AsyncIterable<RemoteTag> | Iterable<RemoteTag>,
): Promise<readonly RemoteImage[]> {
  const images = new Map<string, RemoteImage>();
  for await (const { name, digest, mediaType, bytes, pushedAt, pulledAt } of tags) {
    if (digest === undefined) continue;
    const known = images.get(digest);
    images.set(digest, {
      ...(mediaType !== undefined && { mediaType }),
      ...(bytes !== undefined && { bytes }),
      ...(pushedAt !== undefined && { pushedAt }),
      ...(pulledAt !== undefined && { pulledAt }),
      ...known,
      digest,
      tags: [...(known?.tags ?? []), name],
    });
  }
  return [...images.values()];
}
