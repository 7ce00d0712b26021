import type { Queryable } from '../../metadata/database.ts';
import { findManifest, findTaggedManifest } from '../../metadata/manifests.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import {
  BlobUnknownError,
  ContentMissingError,
  ManifestInvalidError,
  ManifestUnknownError,
  NameUnknownError,
} from '../../oci/errors.ts';
import { readImageConfigView, type ImageConfigView } from '../../oci/image-config-view.ts';
import { parseManifest, type ParsedManifest } from '../../oci/manifest.ts';
import { DOCKER_CONFIG, OCI_CONFIG } from '../../oci/media-types.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { TagOrDigest } from '../../oci/tag-or-digest.ts';
import type { Blobs } from '../blobs.ts';

/** A manifest of this registry, to be shown. */
export interface StoredImage {
  readonly repository: RepositoryName;
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** `undefined`: it is none that we would take today, as imports may bring them. */
  readonly manifest: ParsedManifest | undefined;
}

/** Real configs have some kilobytes. */
const MOST_CONFIG_BYTES = 4 * 1024 * 1024;

/** @throws {NameUnknownError} @throws {ManifestUnknownError} */
export async function findStoredImage(
  db: Queryable,
  repository: RepositoryName,
  reference: TagOrDigest,
): Promise<StoredImage> {
  const repositoryId = await findRepositoryId(db, repository);
  if (repositoryId === undefined) throw new NameUnknownError(repository);
  const isTag = 'tag' in reference;
  const found = isTag
    ? await findTaggedManifest(db, repository, reference.tag)
    : await findManifest(db, repository, reference.digest);
  if (found === undefined) throw new ManifestUnknownError(isTag ? reference.tag : reference.digest);
  const { digest, mediaType, bytes } = found;
  return { repository, repositoryId, digest, mediaType, bytes, manifest: parsed(bytes, mediaType) };
}

function parsed(bytes: Uint8Array, mediaType: string): ParsedManifest | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch (error) {
    if (error instanceof ManifestInvalidError) return undefined;
    throw error;
  }
}

export function isImageConfigType({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/** `undefined`: it is none of an image, is too large, is not here, or cannot be read. */
export async function readConfigOf(
  blobs: Pick<Blobs, 'get'>,
  { repository, manifest }: StoredImage,
): Promise<ImageConfigView | undefined> {
  const config = manifest?.config;
  if (config === undefined || !isImageConfigType(config)) return undefined;
  const bytes = await readSmallBlob(blobs, repository, config);
  return bytes === undefined ? undefined : readImageConfigView(bytes);
}

/** `undefined`: it has more than 4 MiB, or is not here. */
export async function readSmallBlob(
  blobs: Pick<Blobs, 'get'>,
  repository: RepositoryName,
  { digest }: Descriptor,
): Promise<Uint8Array | undefined> {
  try {
    const blob = await blobs.get(repository, digest);
    return blob.size > MOST_CONFIG_BYTES ? undefined : await new Response(await blob.read()).bytes();
  } catch (error) {
    if (error instanceof BlobUnknownError || error instanceof ContentMissingError) return undefined;
    throw error;
  }
}
