import type { RemoteImage } from '../account.ts';
import { present } from '../native/json-fields.ts';
import type { GhcrSession } from './ghcr-session.ts';
import { versionOf } from './versions.ts';

/**
 * Every version, by GitHub's API. That does not tell an index from an image, nor what an index names or something is
 * about, and shows the parts of an index as if nobody needed them: whoever deletes has to read the manifests.
 */
export async function* imagesOf(
  session: GhcrSession,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteImage, void> {
  const path = `${await session.packageOf(repository, signal)}/versions`;
  for await (const item of session.all(path, `listing the versions of ${repository}`, signal)) {
    const version = versionOf(item);
    if (version === undefined) continue;
    const { id, digest, tags, pushedAt } = version;
    yield { digest, tags, reference: id, ...present({ pushedAt }) };
  }
}
