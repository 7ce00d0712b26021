import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { isTag, type Tag } from '../oci/tag.ts';
import { BlobReader } from './blobs/blob-reader.ts';
import { uploadBlob, type UploadOutcome } from './blobs/blob-upload.ts';
import type { BlobUpload } from './blobs/sent-body.ts';
import { algorithmOf } from '../oci/digest.ts';
import { DigestMismatchError } from './client-error.ts';
import {
  announcedDigest,
  MANIFEST_ACCEPT,
  type ManifestHead,
  readManifest,
  readManifestHead,
  type RemoteManifest,
} from './manifests.ts';
import { pagesOf } from './pages.ts';
import { addToReferrersTag } from './referrers-tag.ts';
import { listReferrers } from './referrers.ts';
import type { RegistryRequest, RemoteRegistry } from './remote-registry.ts';
import { discard, replyError } from './reply.ts';

export interface ManifestToPut {
  /** What names it there. */
  readonly tagOrDigest: Tag | Digest;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a registry is asked for at a time: some refuse more. */
const PAGE_ENTRIES = 1000;

/** One repository of another registry. What it gives was checked against its digest. */
export class RemoteRepository {
  readonly registry: RemoteRegistry;
  readonly name: RepositoryName;
  /** What its requests need a token for. */
  readonly scopes: readonly string[];

  constructor(registry: RemoteRegistry, name: RepositoryName, scope: string) {
    this.registry = registry;
    this.name = name;
    this.scopes = [scope];
  }

  /** `undefined`: there is none. Counts against no pull limit. */
  async findManifestHead(tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<ManifestHead | undefined> {
    const request = this.#request(
      'HEAD',
      `manifests/${tagOrDigest}`,
      `looking for ${this.name} ${tagOrDigest}`,
      signal,
    );
    const response = await this.registry.send({ ...request, headers: { Accept: MANIFEST_ACCEPT } });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw await this.#refusal(request, response);
    return readManifestHead(response) ?? (await this.findManifest(tagOrDigest, signal))?.head;
  }

  /** `undefined`: there is none. */
  async findManifest(tagOrDigest: Tag | Digest, signal?: AbortSignal): Promise<FoundManifest | undefined> {
    const request = this.#request('GET', `manifests/${tagOrDigest}`, `reading ${this.name} ${tagOrDigest}`, signal);
    const response = await this.registry.send({ ...request, headers: { Accept: MANIFEST_ACCEPT } });
    if (response.status === 404) {
      await discard(response);
      return undefined;
    }
    if (response.status !== 200) throw await this.#refusal(request, response);
    const manifest = await readManifest(response, {
      ...(!isTag(tagOrDigest) && { wanted: tagOrDigest }),
      limitBytes: this.registry.manifestBytes,
      what: `${this.registry.address.name}/${this.name} ${tagOrDigest}`,
    });
    const { digest, mediaType, bytes } = manifest;
    return { ...manifest, head: { digest, mediaType, size: bytes.byteLength } };
  }

  /**
   * Has the registry keep a manifest, whose content is there already. A referrer is listed at its subject, by the
   * registry or, where it does not know how, by us.
   */
  async putManifest(manifest: ManifestToPut, signal?: AbortSignal): Promise<{ readonly listsReferrers: boolean }> {
    const { tagOrDigest, mediaType, digest, bytes } = manifest;
    const what = `writing ${this.name} ${tagOrDigest}`;
    const response = await this.registry.expect([200, 201, 202], {
      ...this.#request('PUT', `manifests/${tagOrDigest}`, what, signal),
      headers: { 'Content-Type': mediaType },
      body: () => bytes,
    });
    await discard(response);
    const kept = announcedDigest(response);
    if (kept !== undefined && algorithmOf(kept) === algorithmOf(digest) && kept !== digest) {
      throw new DigestMismatchError(`${this.registry.address.name}: ${what}: it kept ${kept} in place of ${digest}.`);
    }
    return { listsReferrers: response.headers.has('oci-subject') };
  }

  /** Lists a referrer at its subject, on a registry that does not do so itself. */
  async addReferrer(subject: Digest, referrer: RemoteManifest, signal?: AbortSignal): Promise<void> {
    await addToReferrersTag(this, subject, { referrer, signal });
  }

  /** Whether the repository has it. Where the registry would send us elsewhere for it, it has. */
  async hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const request = this.#request('HEAD', `blobs/${digest}`, `looking for ${digest} in ${this.name}`, signal);
    const response = await this.registry.send({ ...request, staysHere: true });
    if (response.status === 404) return false;
    if (response.ok || (response.status >= 300 && response.status < 400)) return true;
    throw await this.#refusal(request, response);
  }

  /** To read a blob, from any place and again after a cut. */
  readBlob(descriptor: Pick<Descriptor, 'digest' | 'size'>): BlobReader {
    return new BlobReader(this, descriptor);
  }

  /** Has the registry keep a blob: by mounting it from a neighbour, if it can, or by sending its bytes. */
  async uploadBlob(upload: BlobUpload): Promise<UploadOutcome> {
    return await uploadBlob(this, upload);
  }

  /** Every tag, in the order of the registry. What is no tag is left out. @throws {NotFoundError} no such repository. */
  async *tags(signal?: AbortSignal): AsyncGenerator<Tag, void> {
    const request = this.#request('GET', `tags/list?n=${PAGE_ENTRIES}`, `listing the tags of ${this.name}`, signal);
    for await (const { tags } of pagesOf(this.registry, request)) {
      if (!Array.isArray(tags)) continue;
      for (const tag of tags as readonly unknown[]) if (typeof tag === 'string' && isTag(tag)) yield tag;
    }
  }

  /** The manifests whose subject this is. */
  async listReferrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    return await listReferrers(this, subject, signal);
  }

  #request(method: string, path: string, what: string, signal: AbortSignal | undefined): RegistryRequest {
    const url = `${this.registry.address.origin}/v2/${this.name}/${path}`;
    return { method, url, scopes: this.scopes, what, signal };
  }

  async #refusal({ what }: RegistryRequest, response: Response): Promise<Error> {
    return await replyError(this.registry.address.name, what, response);
  }
}

interface FoundManifest extends RemoteManifest {
  readonly head: ManifestHead;
}
