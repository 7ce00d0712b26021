import { digestOf } from '../../oci/digest.ts';
import { viewImage, type ImageView } from '../../oci/image-view.ts';
import type { DockerLogin, ImageReader, Page, PageRequest, RemoteManifest, RemoteReferrer } from '../account.ts';
import { repositoryIn, tagOrDigestIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderTools } from '../provider.ts';
import type { RegistryUrl } from '../registry-url.ts';
import { getManifest } from './manifests.ts';
import { OciSession } from './oci-session.ts';
import { listReferrers } from './referrer-list.ts';

/** Reads images by `/v2/`, which all kinds have. */
export class OciReader implements ImageReader {
  readonly #session: OciSession;
  readonly #nameOf: (repository: string) => string;

  /** @param nameOf what a repository is called there; throws where none can have that name. */
  constructor(session: OciSession, nameOf = repositoryIn) {
    this.#session = session;
    this.#nameOf = nameOf;
  }

  async image(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<ImageView | undefined> {
    const name = this.#nameOf(repository);
    const reader = {
      manifest: async (text: string) =>
        await getManifest(this.#session, { repository: name, tagOrDigest: text, signal }),
      blob: async (blob: { readonly digest: string; readonly size: number }) => await this.#blob(name, blob, signal),
    };
    return await viewImage(reader, tagOrDigestIn(tagOrDigest));
  }

  async manifest(repository: string, tagOrDigest: string, signal: AbortSignal): Promise<RemoteManifest | undefined> {
    const wanted = { repository: this.#nameOf(repository), tagOrDigest: tagOrDigestIn(tagOrDigest), signal };
    const found = await getManifest(this.#session, wanted);
    if (found === undefined) return undefined;
    const { digest, mediaType, isIndex, children, subject = null, artifactType, bytes } = found;
    return {
      digest,
      mediaType,
      children: children.map((child) => child.digest),
      subject,
      ...(artifactType !== undefined && { artifactType }),
      ...(!isIndex && { bytes }),
    };
  }

  async referrers(
    repository: string,
    subject: string,
    page: PageRequest,
    signal: AbortSignal,
  ): Promise<Page<RemoteReferrer>> {
    const asked = { repository: this.#nameOf(repository), subject: tagOrDigestIn(subject), signal };
    return await listReferrers(this.#session, asked, page);
  }

  async #blob(
    repository: string,
    { digest, size }: { readonly digest: string; readonly size: number },
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const answer = await this.#session.send({
      method: 'GET',
      path: `/v2/${repository}/blobs/${digest}`,
      scopes: [`repository:${repository}:pull`],
      maxBytes: size + 1,
      signal,
    });
    if (answer.status !== 200) return undefined;
    if (digestOf(answer.body, digest.startsWith('sha512:') ? 'sha512' : 'sha256') === digest) return answer.body;
    throw new ProviderError('malformed', `${this.#session.name}/${repository}: the bytes are not those of ${digest}.`);
  }
}

/** For kinds with an API of their own: their `/v2/`, with what Docker logs in with. @param origin where it is. */
export function readerOf(
  url: RegistryUrl,
  login: (signal: AbortSignal) => Promise<DockerLogin | undefined>,
  tools: ProviderTools,
  origin = `${url.scheme}://${url.host}`,
): OciReader {
  return new OciReader(new OciSession({ name: url.host, origin, login, tools }));
}
