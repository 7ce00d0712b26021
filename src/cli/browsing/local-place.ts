import type { ReferrerDocument, RemoteImage, RemoteTag } from '../../api/browsing/contract.ts';
import { listReferrers, type ReferrerReply } from '../../api/images/contract.ts';
import { listRepositories } from '../../api/repositories/contract.ts';
import { listSizes, showRepositorySizes, showTagSize } from '../../api/sizes/contract.ts';
import { listTags, showManifest, type ManifestDocument } from '../../api/tags/contract.ts';
import { isIndexType } from '../../oci/media-types.ts';
import { isTag } from '../../oci/tag.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { UsageError } from '../cli-error.ts';
import { pages } from './connected-place.ts';
import type { Within } from './name.ts';
import { repositoryOf, type CountedUsage, type Place } from './place.ts';

/** See `api/images/contract.ts`: what refers to each comes along. */
const LONGEST_PAGE_OF_REFERRERS = 100;

/** This Havre, by its admin API. */
export function localPlace(connection: AdminConnection, within: Within): Place {
  const place: Place = {
    ...within,
    name: 'this registry',
    repositories: ({ search, limit }) =>
      pages(limit, async (page) => {
        const { repositories, next } = await ask(connection, listRepositories, page);
        const unknown = { pushedAt: null, pulledAt: null, isPublic: null, description: null };
        const items = repositories.map(({ name, tags, bytes }) => ({ name, tags, bytes, ...unknown }));
        return { items: items.filter(({ name }) => name.includes(search)), next };
      }),
    tags: ({ search, limit }) =>
      pages(limit, async (page) => {
        const { tags, next } = await ask(connection, listTags, { repository: repositoryOf(place), ...page });
        const items = tags.map((tag): RemoteTag => ({
          name: tag.name,
          digest: tag.digest,
          mediaType: tag.mediaType,
          bytes: null,
          pushedAt: tag.updatedAt,
          pulledAt: tag.lastPulledAt,
          platforms: tag.platform === null ? null : [{ platform: tag.platform, digest: tag.digest, bytes: null }],
          isImmutable: null,
        }));
        return { items: items.filter(({ name }) => name.includes(search)), next };
      }),
    referrers: (digest, limit) =>
      pages(limit, async (page) => {
        const asked = { repository: repositoryOf(place), reference: digest, ...page };
        const longest = { ...asked, limit: Math.min(page.limit, LONGEST_PAGE_OF_REFERRERS) };
        const { referrers, next } = await ask(connection, listReferrers, longest);
        return { items: referrers.map(referrerOf), next };
      }),
    image: async (tagOrDigest) => await imageOf(connection, repositoryOf(place), tagOrDigest),
    usage: async () => await usageOf(connection, within),
  };
  return place;
}

/** Of those on the first level, which other registries tell of, too. */
function referrerOf({ digest, mediaType, artifactType, size, tag, annotations }: ReferrerReply): ReferrerDocument {
  return { digest, mediaType, artifactType, size, tag, annotations };
}

async function usageOf(connection: AdminConnection, { repository, tag, digest }: Within): Promise<CountedUsage> {
  if (digest !== undefined) throw new UsageError('Here, the sizes of tags and repositories are counted: name a tag.');
  if (repository === '') {
    const { sums } = await ask(connection, listSizes, { pattern: '**', limit: 1, exact: true });
    const { total = 0, unique = 0, shared = 0 } = sums?.blobs ?? {};
    return { total, unique, shared };
  }
  if (tag !== undefined) return (await ask(connection, showTagSize, { repository, tag })).size;
  return (await ask(connection, showRepositorySizes, { repository })).size;
}

async function imageOf(connection: AdminConnection, repository: string, tagOrDigest: string): Promise<RemoteImage> {
  const size = isTag(tagOrDigest)
    ? await ask(connection, showTagSize, { repository, tag: tagOrDigest })
    : { digest: tagOrDigest, size: undefined };
  const read = async (digest: string): Promise<ManifestDocument> =>
    (await ask(connection, showManifest, { repository, digest })).manifest;
  const manifest = await read(size.digest);
  const { artifactType, subject, annotations } = manifest;
  const isIndex = isIndexType(manifest.mediaType);
  const platforms = isIndex ? await Promise.all(manifest.children.map(read)) : [manifest];
  return {
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    size: manifest.size,
    repository,
    reference: tagOrDigest,
    isIndex,
    artifactType,
    subject,
    bytes: size.size?.total ?? manifest.size,
    annotations,
    manifest: '',
    platforms: platforms.map(platformOf),
  };
}

function platformOf(manifest: ManifestDocument): RemoteImage['platforms'][number] {
  const { digest, mediaType, size, platform, builtAt, labels, annotations } = manifest;
  const [os = null, architecture = null] = platform?.split('/') ?? [];
  const unknown = { user: null, workingDirectory: null, entrypoint: [], command: [], exposedPorts: [] };
  const runs = platform === null ? null : { created: builtAt, architecture, os, ...unknown, labels };
  return { digest, mediaType, size, platform, isRead: true, config: null, layers: [], runs, annotations };
}
