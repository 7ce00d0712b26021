import { parseDigest } from '../../src/oci/digest.ts';
import { parseRepositoryName } from '../../src/oci/repository-name.ts';
import { parseTagOrDigest } from '../../src/oci/tag-or-digest.ts';
import { SOMEBODY } from './actor.ts';
import type { Installation } from './admin.ts';
import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, type Content, type Image } from './image.ts';

type Pushing = Pick<Installation, 'uploads' | 'manifests'>;

export async function pushBlob({ uploads }: Pushing, repository: string, { digest, bytes }: Content): Promise<void> {
  const chunk = { body: new Blob([new Uint8Array(bytes)]).stream(), signal: AbortSignal.timeout(10_000) };
  await uploads.push(parseRepositoryName(repository), parseDigest(digest), chunk);
}

/** @param name a tag, or the digest. */
export async function pushManifest(
  { manifests }: Pushing,
  repository: string,
  { name = '', bytes, digest, mediaType }: Content & { readonly name?: string },
): Promise<void> {
  const pushed = { bytes, contentType: mediaType, extraTags: [] };
  const reference = parseTagOrDigest(name === '' ? digest : name);
  await manifests.put(parseRepositoryName(repository), reference, pushed, SOMEBODY);
}

/** An image of these layers and of this config, with its blobs. @returns its manifest. */
export async function pushImage(
  parts: Pushing,
  repository: string,
  image: {
    readonly name?: string;
    readonly layers?: readonly Content[];
    readonly config?: object;
    readonly fields?: object;
  },
): Promise<Content> {
  const { name = '', layers = [], config = {}, fields = {} } = image;
  const document = documentOf(IMAGE_CONFIG, config);
  const made: Image = imageOf(layers, { config: descriptorOf(document), ...fields });
  for (const blob of [document, ...layers]) await pushBlob(parts, repository, blob);
  await pushManifest(parts, repository, { ...made.manifest, name });
  return made.manifest;
}
