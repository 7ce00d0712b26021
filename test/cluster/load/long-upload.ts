import { expect } from 'bun:test';
import { randomBlob, type Content } from '../../support/image.ts';
import { RawRequest } from '../../support/raw-request.ts';
import { RegistryClient, withDigest } from '../../support/registry-client.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';

const CHUNK_BYTES = 7_000_000;
const CHUNKS = 4;

/** An upload that takes longer than any node lives: each chunk goes to another one. */
export class LongUpload {
  readonly #client: RegistryClient;
  readonly #authorization: string;
  readonly #repository: string;
  readonly #blob: Content = randomBlob(CHUNKS * CHUNK_BYTES);
  #session: string;
  #sent = 0;

  private constructor(cluster: Cluster, repository: string, session: string) {
    this.#client = new RegistryClient(cluster);
    this.#authorization = cluster.authorization;
    this.#repository = repository;
    this.#session = session;
  }

  static async begin(cluster: Cluster, repository: string): Promise<LongUpload> {
    return new LongUpload(cluster, repository, await new RegistryClient(cluster).openUpload(repository));
  }

  /** Sends one chunk to a node, and does something when half of it is there: the node takes the other half all the same. */
  async patchWhile(node: Node, work: () => Promise<unknown>): Promise<void> {
    const chunk = this.#blob.bytes.subarray(this.#sent, this.#sent + CHUNK_BYTES);
    const { pathname, search } = new URL(this.#session, node.url);
    const patch = await RawRequest.open(node.url, 'PATCH', pathname + search, {
      authorization: this.#authorization,
      'content-length': String(chunk.byteLength),
      'content-range': `${this.#sent}-${this.#sent + chunk.byteLength - 1}`,
      'content-type': 'application/octet-stream',
      expect: '100-continue',
    });
    await patch.toldToContinue();
    await patch.write(chunk.subarray(0, CHUNK_BYTES / 2));
    const done = work();
    await patch.write(chunk.subarray(CHUNK_BYTES / 2));
    expect(await patch.status()).toBe(202);
    patch.cut();
    await done;
    this.#sent += chunk.byteLength;
  }

  /** Sends what is left, and reads all of it back. */
  async finish(): Promise<void> {
    const body = this.#blob.bytes.subarray(this.#sent);
    const headers = { 'content-type': 'application/octet-stream' };
    const last = withDigest(this.#session, this.#blob.digest);
    await (await this.#client.expect(201, 'PUT', last, { body, headers })).arrayBuffer();
    expect(await this.#client.pullBlob(this.#repository, this.#blob.digest)).toEqual(this.#blob.bytes);
  }
}
