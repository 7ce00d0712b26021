import type { Digest } from '../../oci/digest.ts';
import { DigestMismatchError, MalformedReplyError, UnexpectedReplyError } from '../client-error.ts';
import type { RegistryRequest } from '../remote-registry.ts';
import type { RemoteRepository } from '../remote-repository.ts';
import { discard, replyError } from '../reply.ts';
import { announcedDigest } from '../manifests.ts';
import { bodyOf, type BlobUpload } from './sent-body.ts';

/** Up to here a blob goes with the request that ends the session: one request less. */
const SMALL_BYTES = 1024 * 1024;
/** What a proxy that refuses a large body may still take, tried one after the other. */
const CHUNK_BYTES = [64 * 1024 * 1024, 8 * 1024 * 1024, 1024 * 1024];
/** Registries on object stores copy the content when a session ends. */
const COMMIT_SECONDS = 900;

/** How the bytes go: as one request, or as several of at most so many bytes. */
interface Manner {
  readonly isMonolithic: boolean;
  readonly chunkBytes: number;
}

/** An upload that a registry has opened. */
export class UploadSession {
  readonly #repository: RemoteRepository;
  readonly #upload: BlobUpload;
  #location: URL;
  #manner: Manner;
  readonly #leastChunkBytes: number;
  /** What the registry has, as far as it said so. */
  offset = 0;

  private constructor(repository: RemoteRepository, upload: BlobUpload, opened: Response) {
    this.#repository = repository;
    this.#upload = upload;
    this.#location = this.#locationIn(opened, new URL(opened.url));
    this.#leastChunkBytes = Number(opened.headers.get('oci-chunk-min-length') ?? 0) || 0;
    this.#manner = { isMonolithic: upload.size <= SMALL_BYTES, chunkBytes: Infinity };
  }

  /** @throws {MalformedReplyError} the reply says not where. */
  static async of(repository: RemoteRepository, upload: BlobUpload, opened: Response): Promise<UploadSession> {
    await discard(opened);
    return new UploadSession(repository, upload, opened);
  }

  /** What an earlier session found out about this registry. */
  learnFrom(earlier: UploadSession): void {
    this.#manner = earlier.#manner;
  }

  /** Sends what is missing, and ends the session. */
  async send(): Promise<void> {
    const { size } = this.#upload;
    if (this.#manner.isMonolithic && this.offset === 0) {
      await this.#close(size);
      return;
    }
    while (this.offset < size) await this.#sendChunk();
    await this.#close(0);
  }

  /** Whether an error only says no to the way the bytes were sent: then another is taken next. */
  mayGoOn(error: unknown): boolean {
    if (!(error instanceof UnexpectedReplyError)) return false;
    // Another part is missing than we thought, or the session is gone.
    if (error.status === 416 || (error.status === 404 && this.offset > 0)) return true;
    if (error.status === 413) {
      const smaller = CHUNK_BYTES.find((bytes) => bytes < Math.min(this.#manner.chunkBytes, this.#upload.size));
      this.#manner = { isMonolithic: false, chunkBytes: smaller ?? this.#manner.chunkBytes };
      return smaller !== undefined;
    }
    if (this.#manner.isMonolithic || !isRefusedWay(error)) return false;
    this.#manner = { isMonolithic: true, chunkBytes: Infinity };
    return true;
  }

  /**
   * Asks how far the registry has got.
   *
   * @returns false: the session is gone, or it cannot be told from one that has nothing (`0-0`).
   */
  async findOffset(): Promise<boolean> {
    if (this.#manner.isMonolithic) return false;
    const response = await this.#repository.registry.send(this.#request('GET', 'asking how far an upload is'));
    await discard(response);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
    if (!response.ok || last === undefined || last === '0' || Number(last) >= this.#upload.size) return false;
    this.#follow(response);
    this.offset = Number(last) + 1;
    this.#upload.onOffset?.(this.offset);
    return true;
  }

  /** Tells the registry that nothing more comes. It would find out by itself, much later. */
  async cancel(): Promise<void> {
    try {
      const request = this.#request('DELETE', 'cancelling an upload');
      await discard(await this.#repository.registry.sendOnce(request));
    } catch {
      // As said.
    }
  }

  async #sendChunk(): Promise<void> {
    const rest = this.#upload.size - this.offset;
    const bytes = Math.min(rest, Math.max(this.#manner.chunkBytes, this.#leastChunkBytes));
    const end = this.offset + bytes;
    const isWhole = bytes === this.#upload.size;
    const response = await this.#sendBytes('PATCH', {
      bytes,
      headers: isWhole ? {} : { 'Content-Range': `${this.offset}-${end - 1}` },
      url: this.#location,
    });
    if (![201, 202, 204].includes(response.status)) throw await this.#refusal('sending a blob', response);
    await discard(response);
    this.#follow(response);
    const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
    const kept = last === undefined ? end : Number(last) + 1;
    if (kept > end) throw new MalformedReplyError(`${this.#where}: it has more bytes than were sent.`);
    // `0-0` after more than one byte would be a registry that keeps nothing.
    if (kept <= this.offset) throw new MalformedReplyError(`${this.#where}: it keeps nothing of what is sent.`);
    this.offset = kept;
  }

  /** @param bytes of the blob that go with it: all or none. */
  async #close(bytes: number): Promise<void> {
    const { digest } = this.#upload;
    const url = new URL(this.#location);
    url.searchParams.set('digest', digest);
    const response = await this.#sendBytes('PUT', { bytes, headers: {}, url });
    if (response.status !== 201 && response.status !== 204) throw await this.#refusal('ending an upload', response);
    await discard(response);
    if (keptSomethingElse(response, digest)) {
      throw new DigestMismatchError(`${this.#where}: it kept something else than ${digest}.`);
    }
  }

  async #sendBytes(
    method: 'PATCH' | 'PUT',
    { bytes, headers, url }: { bytes: number; headers: Readonly<Record<string, string>>; url: URL },
  ): Promise<Response> {
    const body = bodyOf(this.#upload, { first: this.offset, bytes });
    try {
      return await this.#repository.registry.sendOnce({
        ...this.#request(method, 'sending a blob'),
        url,
        headers: { ...headers, 'Content-Type': 'application/octet-stream', 'Content-Length': String(bytes) },
        ...(bytes > 0 && { body: body.make }),
        ...(method === 'PUT' && { stallSeconds: COMMIT_SECONDS }),
      });
    } catch (error) {
      throw body.failure() ?? error;
    } finally {
      await body.end();
    }
  }

  #follow(response: Response): void {
    if (response.headers.has('location')) this.#location = this.#locationIn(response, new URL(response.url));
  }

  /**
   * Behind a proxy that ends TLS, many registries believe that they are asked by http. Where the host is their own, the
   * scheme is the one that works.
   */
  #locationIn(response: Response, base: URL): URL {
    const location = response.headers.get('location') ?? '';
    if (location === '' || !URL.canParse(location, base.href)) {
      throw new MalformedReplyError(`${this.#where}: it opens an upload and does not say where.`);
    }
    const origin = new URL(this.#repository.registry.address.origin);
    const there = new URL(location, base);
    const isOurs = there.hostname === origin.hostname && there.protocol === 'http:' && origin.protocol === 'https:';
    const meant = isOurs ? new URL(there.pathname + there.search, origin) : there;
    return this.#repository.registry.transport.locate(meant.href, base);
  }

  #request(method: string, what: string): RegistryRequest {
    const { name, scopes } = this.#repository;
    const { digest, signal } = this.#upload;
    return { method, url: this.#location, scopes, what: `${what} (${digest} to ${name})`, signal };
  }

  get #where(): string {
    return `${this.#repository.registry.address.name}/${this.#repository.name}`;
  }

  async #refusal(what: string, response: Response): Promise<Error> {
    const { registry, name } = this.#repository;
    return await replyError(registry.address.name, `${what} (${this.#upload.digest} to ${name})`, response);
  }
}

/** Whether the reply to a finished upload speaks of other content than was sent. */
function keptSomethingElse(response: Response, digest: Digest): boolean {
  const kept = announcedDigest(response);
  return kept !== undefined && kept.split(':')[0] === digest.split(':')[0] && kept !== digest;
}

/** A status that says no to a way of sending, and nothing about the content. */
function isRefusedWay({ status }: UnexpectedReplyError): boolean {
  return [404, 405, 411, 415, 501].includes(status);
}
