import { isAnonymous, type Identity } from '../../auth/identity.ts';
import type { Queryable } from '../../metadata/database.ts';
import { findManifestDetails, listTagDetails } from '../../metadata/tag-details.ts';
import { listTagsOf } from '../../metadata/tags.ts';
import { measureTotals } from '../../metadata/total-sizes.ts';
import { ManifestUnknownError } from '../../oci/errors.ts';
import { manifestKind } from '../../oci/manifest-kind.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { referrerTree, type ReferrerNode } from '../../registry/images/referrer-tree.ts';
import {
  findStoredImage,
  isImageConfigType,
  readConfigOf,
  readSmallBlob,
  type StoredImage,
} from '../../registry/images/stored-image.ts';
import { Referrers } from '../../registry/referrers.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { listReferrers, showImage, type ImageReply, type ReferrerReply } from './contract.ts';
import { blobOf, childrenOf, configReply, historyOf, layersOf } from './image-reply.ts';

type ImageParts = Pick<AdminParts, 'database' | 'blobs'>;

export function imageEndpoints(parts: ImageParts): readonly Endpoint[] {
  const { database } = parts;
  const referrers = new Referrers(database);
  return [
    endpoint(showImage, async ({ repository, reference }, { identity }) => {
      const image = await findStoredImage(database, parseRepositoryName(repository), parseTagOrDigest(reference));
      return { image: { ...(await imageReply(parts, image, identity)), reference } };
    }),
    endpoint(listReferrers, async ({ repository, reference, after = '', limit }) => {
      const image = await findStoredImage(database, parseRepositoryName(repository), parseTagOrDigest(reference));
      const { repositoryId, digest: subject } = image;
      const request = { repository: image.repository, repositoryId, subject, after, limit };
      const { nodes, next = null } = await referrerTree({ db: database, referrers }, request);
      return { referrers: nodes.map(nodeReply), next };
    }),
  ];
}

async function imageReply(
  { database, blobs }: ImageParts,
  image: StoredImage,
  identity: Identity,
): Promise<Omit<ImageReply, 'reference'>> {
  const { repository, repositoryId, digest, mediaType, bytes, manifest } = image;
  const details = await findManifestDetails(database, repositoryId, digest);
  if (details === undefined) throw new ManifestUnknownError(digest);
  const { artifactType, subject, size, expiresAt, pulledAt, pulledBy, pulls } = details;
  const config = await readConfigOf(blobs, image);
  const layers = await layersOf(database, image, identity);
  const annotations = { ...manifest?.annotations };
  return {
    repository,
    digest,
    mediaType,
    size,
    kind: manifestKind({ mediaType, artifactType, configType: manifest?.config?.mediaType, annotations }),
    artifactType,
    subject,
    bytes: (await measureTotals(database, repositoryId, [digest])).get(digest) ?? null,
    pushedAt: new Date(details.pushedAt).toISOString(),
    expiresAt: timeOf(expiresAt),
    lastPulledAt: timeOf(pulledAt),
    lastPulledBy: nameFor(identity, pulledBy),
    pulls: pulls ?? 0,
    tags: await tagsOf(database, image, identity),
    annotations,
    children: await childrenOf(database, image),
    blob: manifest?.config === undefined ? null : blobOf(manifest.config),
    config: config === undefined ? null : configReply(config),
    configText: (await configTextOf(blobs, image)) ?? null,
    layers,
    history: historyOf(config?.history ?? [], layers.length),
    manifest: new TextDecoder().decode(bytes),
  };
}

const MOST_TAGS = 100;

async function tagsOf(
  db: Queryable,
  { repositoryId, digest }: StoredImage,
  identity: Identity,
): Promise<ImageReply['tags']> {
  const names = (await listTagsOf(db, repositoryId, digest)).slice(0, MOST_TAGS);
  return (await listTagDetails(db, repositoryId, names)).map(({ name, updatedAt, setBy }) => ({
    name,
    updatedAt: new Date(updatedAt).toISOString(),
    setBy: nameFor(identity, setBy),
  }));
}

/** Where anybody may pull, not everybody is told who works here. */
function nameFor(identity: Identity, name: string | null): string | null {
  return name !== null && isAnonymous(identity) ? '' : name;
}

const MOST_TEXT_BYTES = 256 * 1024;

/** What a chart or a policy says of itself. */
async function configTextOf(
  blobs: ImageParts['blobs'],
  { repository, manifest }: StoredImage,
): Promise<string | undefined> {
  const config = manifest?.config;
  if (config === undefined || isImageConfigType(config) || config.size > MOST_TEXT_BYTES) return undefined;
  if (!/[+/]json$/.test(config.mediaType)) return undefined;
  const bytes = await readSmallBlob(blobs, repository, config);
  return bytes === undefined || bytes.length > MOST_TEXT_BYTES ? undefined : new TextDecoder().decode(bytes);
}

function nodeReply(node: ReferrerNode): ReferrerReply {
  const { digest, mediaType, size, artifactType = null, kind, tag, annotations = {}, referrers, hasMore } = node;
  const shown = { digest, mediaType, size, artifactType, kind, tag, annotations: { ...annotations }, hasMore };
  return { ...shown, referrers: referrers.map(nodeReply) };
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
