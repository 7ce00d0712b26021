import { beforeAll, describe, expect, it } from 'bun:test';
import { contentOf, randomBlob } from '../../test/support/image.ts';
import { RawConnection } from '../../test/support/raw-connection.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry({ store: 'filesystem' });
const repository = newRepository();
const blob = randomBlob(2048);
const path = `/v2/${repository}/blobs/${blob.digest}`;

beforeAll(() => registry().client.pushBlob(repository, blob));

function getRange(range: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return registry().client.send('GET', path, { headers: { range, ...headers } });
}

describe('one range of a blob', () => {
  const cases = [
    ['from … to', 'bytes=500-1499', 500, 1499],
    ['to the end', 'bytes=500-', 500, 2047],
    ['the last bytes', 'bytes=-500', 1548, 2047],
    ['more last bytes than there are', 'bytes=-5000', 0, 2047],
    ['beyond the end, which is cut', 'bytes=2000-5000', 2000, 2047],
    ['the first byte', 'bytes=0-0', 0, 0],
    ['the last byte', 'bytes=2047-2047', 2047, 2047],
    ['everything', 'bytes=0-', 0, 2047],
    ['in another case, with spaces', 'Bytes= 1-2 ', 1, 2],
  ] as const;
  for (const [name, range, first, last] of cases) {
    it(`is 206 with exactly those bytes: ${name}`, async () => {
      const reply = await getRange(range);
      expect(reply.status).toBe(206);
      expect(reply.headers.get('content-range')).toBe(`bytes ${first}-${last}/2048`);
      expect(reply.headers.get('content-length')).toBe(String(last - first + 1));
      expect(reply.headers.get('docker-content-digest')).toBe(blob.digest);
      expect(await reply.bytes()).toEqual(blob.bytes.slice(first, last + 1));
    });
  }

  const unsatisfiable = ['bytes=500-0', 'bytes=2048-', 'bytes=5000-10000', 'bytes=-0', 'bytes=5000-,6000-'];
  for (const range of unsatisfiable) {
    it(`is 416 with the size where there are no such bytes: ${range}`, async () => {
      const reply = await getRange(range);
      expect(reply.status).toBe(416);
      expect(reply.headers.get('content-range')).toBe('bytes */2048');
      expect(await reply.text()).toBe('');
    });
  }

  const ignored = ['bytes=', 'bytes=a-b', 'bytes 0-1', 'lines=0-1', 'bytes=0-1;2-3', `bytes=${'0-1,'.repeat(100)}0-1`];
  for (const range of ignored) {
    it(`is the whole where the header cannot be read: ${range.slice(0, 20)}`, async () => {
      const reply = await getRange(range);
      expect(reply.status).toBe(200);
      expect((await reply.bytes()).byteLength).toBe(2048);
    });
  }

  it('of a number beyond all numbers is 416', async () => {
    expect((await getRange(`bytes=${'9'.repeat(400)}-`)).status).toBe(416);
  });

  it('is 416 of a blob of no bytes', async () => {
    const empty = contentOf('application/octet-stream', new Uint8Array());
    await registry().client.pushBlob(repository, empty);
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
      const reply = await registry().client.send('GET', `/v2/${repository}/blobs/${empty.digest}`, {
        headers: { range },
      });
      expect(reply.status).toBe(416);
      expect(reply.headers.get('content-range')).toBe('bytes */0');
    }
  });

  it('does not change the answer to HEAD', async () => {
    const reply = await registry().client.send('HEAD', path, { headers: { range: 'bytes=0-1' } });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-length')).toBe('2048');
  });
});

describe('If-Range', () => {
  it('with the entity tag gives the range', async () => {
    expect((await getRange('bytes=0-1', { 'if-range': `"${blob.digest}"` })).status).toBe(206);
  });

  for (const condition of ['"something else"', 'Wed, 21 Oct 2015 07:28:00 GMT', `W/"${blob.digest}"`]) {
    it(`with anything else gives the whole: ${condition.slice(0, 20)}`, async () => {
      const reply = await getRange('bytes=0-1', { 'if-range': condition });
      expect(reply.status).toBe(200);
      expect(await reply.bytes()).toEqual(blob.bytes);
    });
  }
});

/** The reply to several ranges, written as RFC 9110 §14.6 shows it; a character for each byte. */
function multipart(boundary: string, ranges: readonly (readonly [number, number])[]): string {
  const parts = ranges.flatMap(([first, last]) => [
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/2048\r\n\r\n`,
    Buffer.from(blob.bytes.subarray(first, last + 1)).toString('latin1'),
  ]);
  return [...parts, `\r\n--${boundary}--\r\n`].join('');
}

describe('several ranges of a blob, as podman asks for with zstd:chunked', () => {
  const cases = [
    [
      'apart',
      'bytes=0-9,100-199,2040-',
      [
        [0, 9],
        [100, 199],
        [2040, 2047],
      ],
    ],
    [
      'out of order',
      'bytes=1000-1001, 5-6',
      [
        [1000, 1001],
        [5, 6],
      ],
    ],
    [
      'one of them nowhere',
      'bytes=0-1,4000-5000,7-8',
      [
        [0, 1],
        [7, 8],
      ],
    ],
  ] as const;
  for (const [name, range, expected] of cases) {
    it(`are the parts of one reply, byte for byte: ${name}`, async () => {
      const reply = await getRange(range);
      expect(reply.status).toBe(206);
      const boundary = /^multipart\/byteranges; boundary=([\w-]+)$/.exec(reply.headers.get('content-type') ?? '')?.[1];
      expect(boundary).toBeDefined();
      expect(reply.headers.get('content-range')).toBeNull();
      expect(reply.headers.get('docker-content-digest')).toBe(blob.digest);
      expect(Buffer.from(await reply.bytes()).toString('latin1')).toBe(multipart(boundary ?? '', expected));
    });
  }

  it('are one range where only one of them is somewhere', async () => {
    const reply = await getRange('bytes=10-19,4000-');
    expect(reply.status).toBe(206);
    expect(reply.headers.get('content-range')).toBe('bytes 10-19/2048');
    expect(await reply.bytes()).toEqual(blob.bytes.slice(10, 20));
  });

  it('are the whole blob where together they are more than that', async () => {
    const reply = await getRange('bytes=0-2000,0-2000');
    expect(reply.status).toBe(200);
    expect(await reply.bytes()).toEqual(blob.bytes);
  });

  it('leave the connection as it should be for the next request', async () => {
    const authorization = await registry().robotAuthorization({ pattern: '**', actions: ['pull'] });
    using connection = await RawConnection.open(registry().url);
    const head = `GET ${path} HTTP/1.1\r\nHost: havre\r\nAuthorization: ${authorization}\r\n`;
    connection.write(`${head}Range: bytes=0-1,5-6\r\n\r\n`);
    expect((await connection.reply())?.status).toBe(206);
    connection.write(`${head}Range: bytes=0-1\r\n\r\n`);
    const second = await connection.reply();
    expect(Buffer.from(second?.body ?? '', 'latin1')).toEqual(Buffer.from(blob.bytes.subarray(0, 2)));
  });
});
