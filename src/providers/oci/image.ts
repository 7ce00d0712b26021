import { viewImage, type ImageView } from '../../oci/image-view.ts';
import { digestOf } from '../../oci/digest.ts';
import type { DockerLogin } from '../account.ts';
import type { ProviderTools } from '../provider.ts';
import type { RegistryUrl } from '../registry-url.ts';
import { ProviderError } from '../provider-error.ts';
import { getManifest } from './manifests.ts';
import { repositoryIn, tagOrDigestIn } from '../names.ts';
import { OciSession } from './oci-session.ts';

export interface ImageWanted {
  readonly repository: string;
  readonly tagOrDigest: string;
  readonly signal: AbortSignal;
}

/** An image with what its index names; `undefined`: there is none. @throws {ProviderError} */
export async function readImage(session: OciSession, wanted: ImageWanted): Promise<ImageView | undefined> {
  const { signal } = wanted;
  const repository = repositoryIn(wanted.repository);
  const reader = {
    manifest: async (tagOrDigest: string) => await getManifest(session, { repository, tagOrDigest, signal }),
    blob: async ({ digest, size }: { readonly digest: string; readonly size: number }) => {
      const answer = await session.send({
        method: 'GET',
        path: `/v2/${repository}/blobs/${digest}`,
        scopes: [`repository:${repository}:pull`],
        maxBytes: size + 1,
        signal,
      });
      if (answer.status !== 200) return undefined;
      if (digestOf(answer.body, digest.startsWith('sha512:') ? 'sha512' : 'sha256') === digest) return answer.body;
      throw new ProviderError('malformed', `${session.name}/${repository}: the bytes are not those of ${digest}.`);
    },
  };
  return await viewImage(reader, tagOrDigestIn(wanted.tagOrDigest));
}

/** For kinds with an API of their own: their `/v2/`, with what Docker logs in with. @param origin where it is. */
export function registryOf(
  url: RegistryUrl,
  login: (signal: AbortSignal) => Promise<DockerLogin | undefined>,
  tools: ProviderTools,
  origin = `${url.scheme}://${url.host}`,
): OciSession {
  return new OciSession({ name: url.host, origin, login, tools });
}
