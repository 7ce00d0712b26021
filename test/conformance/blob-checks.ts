import { contentOf, randomBlob, type Algorithm, type Content } from '../support/image.ts';
import { locationOf, RegistryClient, withDigest, type Sending } from '../support/registry-client.ts';
import { expectBody, expectContent, expectHeader, expectStatus, expectThat } from './expectations.ts';
import type { Report } from './report.ts';

const OCTETS = { 'content-type': 'application/octet-stream' };
const CHUNK_BYTES = 1024;

/** Everything that can be done with blobs, for one digest algorithm. */
export async function checkBlobs(report: Report, client: RegistryClient, algorithm: Algorithm): Promise<void> {
  const blobs = new BlobChecks(report, client, algorithm);
  await blobs.pushes();
  await blobs.mounts();
  await blobs.cancel();
  await blobs.ranges();
  await blobs.wellKnown();
  await blobs.wrongDigests();
}

class BlobChecks {
  readonly #report: Report;
  readonly #client: RegistryClient;
  readonly #algorithm: Algorithm;

  constructor(report: Report, client: RegistryClient, algorithm: Algorithm) {
    this.#report = report;
    this.#client = client;
    this.#algorithm = algorithm;
  }

  async pushes(): Promise<void> {
    await this.#check('missing blob', async () => {
      const path = `/v2/conformance/one/blobs/${this.#blob(512).digest}`;
      await expectStatus(await this.#client.send('GET', path), 404);
      await expectStatus(await this.#client.send('HEAD', path), 404);
    });
    const size = CHUNK_BYTES * 3 - 5;
    await this.#pushed('in one POST', this.#blob(512), (blob) => this.#postOnly(blob));
    await this.#pushed('POST, PUT', this.#blob(512), (blob) => this.#postPut(blob));
    await this.#pushed('one chunk', this.#blob(512), (blob) => this.#chunked(blob, {}));
    await this.#pushed('streamed', this.#blob(512), (blob) => this.#streamed(blob));
    await this.#pushed('three chunks', this.#blob(size), (blob) => this.#chunked(blob, {}));
    await this.#pushed('last chunk in the PUT', this.#blob(size), (blob) => this.#chunked(blob, { putLast: true }));
    await this.#pushed('chunks out of order', this.#blob(size), (blob) => this.#chunked(blob, { disorder: true }));
    await this.#pushed('out of order, last in the PUT', this.#blob(size), (blob) =>
      this.#chunked(blob, { disorder: true, putLast: true }),
    );
    await this.#pushed('the same blob again', this.#blob(512), async (blob) => {
      await (await this.#postPut(blob)).arrayBuffer();
      return await this.#postPut(blob);
    });
  }

  async mounts(): Promise<void> {
    for (const [name, from] of [
      ['mounted', '&from=conformance/two'],
      ['mounted without from', ''],
    ] as const) {
      const blob = this.#blob(512);
      await this.#check(`${name}: push of the source`, () => this.#client.pushBlob('conformance/two', blob));
      await this.#pushed(name, blob, async () => {
        const reply = await this.#client.send('POST', `/v2/conformance/one/blobs/uploads/?mount=${blob.digest}${from}`);
        await expectStatus(reply, 201);
        expectHeader(reply, 'location', `/v2/conformance/one/blobs/${blob.digest}`);
        return reply;
      });
      await this.#deleted(`${name}: the source`, 'conformance/two', blob);
    }
    await this.#pushed('mount of a missing blob, then PUT', this.#blob(512), async (blob) => {
      const path = `/v2/conformance/one/blobs/uploads/?mount=${blob.digest}&from=conformance/two`;
      return await this.#put(await this.#location('POST', path, 202), blob);
    });
  }

  async cancel(): Promise<void> {
    await this.#check('upload cancelled (main)', async () => {
      const session = await this.#open();
      await expectStatus(await this.#client.send('DELETE', session), 204);
      await expectStatus(await this.#client.send('GET', session), 404);
    });
  }

  async ranges(): Promise<void> {
    const blob = this.#blob(2048);
    await this.#check('ranges: push', () => this.#client.pushBlob('conformance/one', blob));
    const satisfiable = [
      ['500-1499', 500, 1499],
      ['500-', 500, 2047],
      ['-500', 1548, 2047],
      ['2000-5000', 2000, 2047],
    ] as const;
    const get = async (range: string): Promise<Response> =>
      await this.#client.send('GET', `/v2/conformance/one/blobs/${blob.digest}`, {
        headers: { range: `bytes=${range}` },
      });
    for (const [range, first, last] of satisfiable) {
      await this.#check(`range ${range}`, async () => {
        const reply = await get(range);
        await expectStatus(reply, 206);
        expectHeader(reply, 'content-length', String(last - first + 1));
        expectHeader(reply, 'content-range', `bytes ${first}-${last}/2048`);
        await expectBody(reply, blob.bytes.subarray(first, last + 1));
      });
    }
    for (const range of ['500-0', '5000-10000']) {
      await this.#check(`range ${range}`, async () => await expectStatus(await get(range), 416));
    }
    await this.#deleted('ranges', 'conformance/one', blob);
  }

  async wellKnown(): Promise<void> {
    for (const [name, text] of [
      ['empty blob', ''],
      ['empty JSON', '{}'],
    ] as const) {
      const bytes = new TextEncoder().encode(text);
      const blob = contentOf('application/octet-stream', bytes, this.#algorithm);
      await this.#pushed(name, blob, () => this.#postPut(blob));
    }
  }

  async wrongDigests(): Promise<void> {
    const ways = [
      ['POST', (blob: Content) => this.#postOnly(blob)],
      ['POST, PUT', (blob: Content) => this.#postPut(blob)],
      ['chunks', (blob: Content) => this.#chunked(blob, {})],
      ['chunks, last in the PUT', (blob: Content) => this.#chunked(blob, { putLast: true })],
      ['stream', (blob: Content) => this.#streamed(blob)],
    ] as const;
    for (const [name, push] of ways) {
      await this.#check(`wrong digest: ${name}`, async () => {
        const { mediaType, digest, bytes } = this.#blob(CHUNK_BYTES * 3 - 5);
        const wrong = { mediaType, digest, bytes: Buffer.concat([bytes, Buffer.from('oh no')]) };
        await expectStatus(await push(wrong), 400);
        await expectStatus(await this.#client.send('HEAD', `/v2/conformance/one/blobs/${digest}`), 404);
      });
    }
  }

  /** Pushes, follows the Location, asks for the blob in every way, and deletes it. */
  async #pushed(name: string, blob: Content, push: (blob: Content) => Promise<Response>): Promise<void> {
    const path = `/v2/conformance/one/blobs/${blob.digest}`;
    await this.#check(`${name}: push`, async () => {
      const reply = await push(blob);
      await expectStatus(reply, 201);
      expectHeader(reply, 'docker-content-digest', blob.digest);
      const found = await this.#client.send('GET', locationOf(reply));
      await expectStatus(found, 200);
      await expectBody(found, blob.bytes);
    });
    await this.#check(`${name}: HEAD`, async () => {
      await expectContent(await this.#client.send('HEAD', path), blob, 'HEAD');
    });
    await this.#check(`${name}: GET`, async () => {
      await expectContent(await this.#client.send('GET', path), blob, 'GET');
    });
    await this.#deleted(name, 'conformance/one', blob);
  }

  async #deleted(name: string, repository: string, blob: Content): Promise<void> {
    await this.#check(`${name}: DELETE`, async () => {
      const path = `/v2/${repository}/blobs/${blob.digest}`;
      await expectStatus(await this.#client.send('DELETE', path), 202);
      await expectStatus(await this.#client.send('HEAD', path), 404);
    });
  }

  async #postOnly(blob: Content): Promise<Response> {
    const path = withDigest('/v2/conformance/one/blobs/uploads/', blob.digest);
    return await this.#client.send('POST', path, { headers: OCTETS, body: blob.bytes });
  }

  async #postPut(blob: Content): Promise<Response> {
    return await this.#put(await this.#open(), blob);
  }

  async #streamed(blob: Content): Promise<Response> {
    const body = new Blob([blob.bytes]).stream();
    const session = await this.#location('PATCH', await this.#open(), 202, { headers: OCTETS, body });
    return await this.#client.send('PUT', withDigest(session, blob.digest), { headers: OCTETS });
  }

  /** With `disorder`, a chunk from the wrong place goes before each right one, and must leave the session as it was. */
  async #chunked(blob: Content, { disorder = false, putLast = false }): Promise<Response> {
    let session = await this.#open();
    for (let first = 0; first < blob.bytes.byteLength; first += CHUNK_BYTES) {
      const next = Math.min(first + CHUNK_BYTES, blob.bytes.byteLength);
      const isLast = next === blob.bytes.byteLength;
      if (disorder) session = await this.#refusedChunk(session, blob, first, putLast);
      const sending = chunk(blob, first);
      if (isLast && putLast) return await this.#client.send('PUT', withDigest(session, blob.digest), sending);
      session = await this.#location('PATCH', session, 202, sending);
    }
    return await this.#client.send('PUT', withDigest(session, blob.digest), { headers: OCTETS });
  }

  async #refusedChunk(session: string, blob: Content, offset: number, putLast: boolean): Promise<string> {
    const ahead = offset + CHUNK_BYTES;
    const wrong = ahead >= blob.bytes.byteLength ? 0 : ahead;
    const isLast = wrong + CHUNK_BYTES >= blob.bytes.byteLength;
    const isPut = isLast && putLast;
    const address = isPut ? withDigest(session, blob.digest) : session;
    await expectStatus(await this.#client.send(isPut ? 'PUT' : 'PATCH', address, chunk(blob, wrong)), 416);
    const status = await this.#client.send('GET', address);
    await expectStatus(status, 204);
    const range = status.headers.get('range') ?? '';
    expectThat(/^0-\d+$/.test(range), `Range is ${range}`);
    expectThat(offset === 0 || range === `0-${offset - 1}`, `Range is ${range} after ${offset} bytes`);
    return locationOf(status);
  }

  async #put(session: string, blob: Content): Promise<Response> {
    return await this.#client.send('PUT', withDigest(session, blob.digest), { headers: OCTETS, body: blob.bytes });
  }

  async #open(): Promise<string> {
    return await this.#location('POST', '/v2/conformance/one/blobs/uploads/', 202);
  }

  async #location(method: string, address: string, status: number, sending: Sending = {}): Promise<string> {
    const reply = await this.#client.send(method, address, sending);
    await expectStatus(reply, status);
    await reply.arrayBuffer();
    return locationOf(reply);
  }

  #blob(sizeBytes: number): Content {
    return randomBlob(sizeBytes, this.#algorithm);
  }

  async #check(name: string, work: () => Promise<void>): Promise<void> {
    await this.#report.check(`blobs, ${this.#algorithm}: ${name}`, work);
  }
}

function chunk(blob: Content, first: number): Sending {
  const bytes = blob.bytes.subarray(first, first + CHUNK_BYTES);
  return { headers: { ...OCTETS, 'content-range': `${first}-${first + bytes.byteLength - 1}` }, body: bytes };
}
