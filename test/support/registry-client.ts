import type { Content, Image } from './image.ts';

export type Headers = Readonly<Record<string, string>>;

/** What a request needs besides its method and path. */
export interface Sending {
  readonly headers?: Headers;
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** An answer that was not the one expected. */
export class UnexpectedReplyError extends Error {
  readonly status: number;
  constructor(request: string, status: number, body: string) {
    super(`${request}: ${status} ${body}`.trim());
    this.name = 'UnexpectedReplyError';
    this.status = status;
  }
}

/**
 * The least client of a registry that a test needs: it sends what it is told and hides nothing. Its verbs throw
 * {@link UnexpectedReplyError} for any answer but the one that says "done".
 */
export class RegistryClient {
  readonly #url: string;
  readonly #authorization: string | undefined;

  constructor(server: { readonly url: string; readonly authorization?: string }) {
    this.#url = server.url;
    this.#authorization = server.authorization;
  }

  /** Sends one request as it is; `location` may be a path or a whole address. */
  async send(method: string, location: string, { headers, body, signal }: Sending = {}): Promise<Response> {
    return await fetch(new URL(location, this.#url), {
      method,
      redirect: 'manual',
      tls: { rejectUnauthorized: false },
      headers: { ...(this.#authorization !== undefined && { authorization: this.#authorization }), ...headers },
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
  }

  /** As {@link send}, for the one status that means success. The body is left to the caller. */
  async expect(status: number, method: string, location: string, sending: Sending = {}): Promise<Response> {
    const reply = await this.send(method, location, sending);
    if (reply.status === status) return reply;
    throw new UnexpectedReplyError(`${method} ${location}`, reply.status, await reply.text());
  }

  /** Opens an upload session. @returns its address. */
  async openUpload(repository: string): Promise<string> {
    const reply = await this.expect(202, 'POST', `/v2/${repository}/blobs/uploads/`);
    await reply.arrayBuffer();
    return locationOf(reply);
  }

  /** POST, then PUT of the whole body. */
  async pushBlob(repository: string, blob: Content): Promise<void> {
    const session = await this.openUpload(repository);
    await drain(this.expect(201, 'PUT', withDigest(session, blob.digest), { body: blob.bytes, headers: OCTETS }));
  }

  /** POST, PATCH of each chunk in order, then an empty PUT. */
  async pushBlobInChunks(repository: string, blob: Content, chunkBytes: number): Promise<void> {
    let session = await this.openUpload(repository);
    for (let first = 0; first < blob.bytes.byteLength; first += chunkBytes) {
      const chunk = blob.bytes.subarray(first, first + chunkBytes);
      const headers = { ...OCTETS, 'content-range': `${first}-${first + chunk.byteLength - 1}` };
      const reply = await this.expect(202, 'PATCH', session, { body: chunk, headers });
      await reply.arrayBuffer();
      session = locationOf(reply);
    }
    await drain(this.expect(201, 'PUT', withDigest(session, blob.digest)));
  }

  /** The blob in the body of the POST. */
  async pushBlobAtOnce(repository: string, blob: Content): Promise<void> {
    const path = withDigest(`/v2/${repository}/blobs/uploads/`, blob.digest);
    await drain(this.expect(201, 'POST', path, { body: blob.bytes, headers: OCTETS }));
  }

  /** @param tagOrDigest default: the manifest's digest. */
  async pushManifest(repository: string, manifest: Content, tagOrDigest = manifest.digest): Promise<void> {
    const headers = { 'content-type': manifest.mediaType };
    await drain(
      this.expect(201, 'PUT', `/v2/${repository}/manifests/${tagOrDigest}`, { body: manifest.bytes, headers }),
    );
  }

  async pushImage(repository: string, image: Image, tagOrDigest?: string): Promise<void> {
    for (const blob of image.blobs) await this.pushBlob(repository, blob);
    await this.pushManifest(repository, image.manifest, tagOrDigest);
  }

  async pullBlob(repository: string, digest: string): Promise<Uint8Array> {
    return await (await this.expect(200, 'GET', `/v2/${repository}/blobs/${digest}`)).bytes();
  }

  async pullManifest(repository: string, tagOrDigest: string): Promise<Uint8Array> {
    return await (await this.expect(200, 'GET', `/v2/${repository}/manifests/${tagOrDigest}`)).bytes();
  }

  /** All tags; none in a repository that does not exist. */
  async tags(repository: string): Promise<string[]> {
    const reply = await this.send('GET', `/v2/${repository}/tags/list`);
    const text = await reply.text();
    if (reply.status === 404) return [];
    if (reply.status !== 200) throw new UnexpectedReplyError('GET tags/list', reply.status, text);
    const document: unknown = JSON.parse(text);
    if (!isTagList(document)) throw new Error(`not a list of tags: ${text}`);
    return document.tags;
  }

  async deleteManifest(repository: string, tagOrDigest: string): Promise<void> {
    await drain(this.expect(202, 'DELETE', `/v2/${repository}/manifests/${tagOrDigest}`));
  }

  async deleteBlob(repository: string, digest: string): Promise<void> {
    await drain(this.expect(202, 'DELETE', `/v2/${repository}/blobs/${digest}`));
  }
}

const OCTETS: Headers = { 'content-type': 'application/octet-stream' };

/** @throws {Error} there is none. */
export function locationOf(reply: Response): string {
  const location = reply.headers.get('location');
  if (location === null) throw new Error(`no Location in the ${reply.status} of ${reply.url}`);
  return location;
}

/** As clients do it: added to the query the address may already have. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** The connection is free for the next request only when the body has been read. */
async function drain(reply: Promise<Response>): Promise<void> {
  await (await reply).arrayBuffer();
}

function isTagList(document: unknown): document is { tags: string[] } {
  return typeof document === 'object' && document !== null && 'tags' in document && Array.isArray(document.tags);
}
