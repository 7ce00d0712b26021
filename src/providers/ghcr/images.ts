import type { RemoteImage } from '../account.ts';
import { present } from '../native/json-fields.ts';
import { inParallel } from '../oci/in-parallel.ts';
import { getManifest } from '../oci/manifests.ts';
import type { GhcrSession } from './ghcr-session.ts';
import { type PackageVersion, versionOf } from './versions.ts';

/**
 * Every version, by GitHub's API. That does not tell an index from an image, nor what an index names, and shows the
 * parts of an index as if nobody needed them: the manifests with tags are read where there are others.
 */
export async function* imagesOf(
  session: GhcrSession,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteImage, void> {
  const path = `${await session.packageOf(repository, signal)}/versions`;
  const versions: PackageVersion[] = [];
  for await (const item of session.all(path, `listing the versions of ${repository}`, signal)) {
    const version = versionOf(item);
    if (version !== undefined) versions.push(version);
  }
  const isAllTagged = versions.every(({ tags }) => tags.length > 0);
  const details = await inParallel(versions, async ({ tags, digest }) => {
    if (isAllTagged || tags.length === 0) return {};
    return await detailsOf(session, { repository, tagOrDigest: digest, signal });
  });
  for (const [place, { id, digest, tags, pushedAt }] of versions.entries()) {
    yield { digest, tags, reference: id, ...present({ pushedAt }), ...details[place] };
  }
}

async function detailsOf(
  { registry }: GhcrSession,
  wanted: { readonly repository: string; readonly tagOrDigest: string; readonly signal: AbortSignal },
): Promise<Partial<RemoteImage>> {
  const manifest = await getManifest(registry, wanted);
  if (manifest === undefined) return {};
  const { mediaType, artifactType, subject, bytes, isIndex, children } = manifest;
  return {
    mediaType,
    ...(!isIndex && { bytes }),
    ...(isIndex && { children: children.map(({ digest }) => digest) }),
    ...present({ artifactType, subject }),
  };
}
