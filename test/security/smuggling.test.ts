import { describe, expect, it } from 'bun:test';
import { randomBlob } from '../support/image.ts';
import { RawConnection, type RawReply } from '../support/raw-connection.ts';
import { newRepository, sharedRegistry } from '../support/registry-under-test.ts';

const registry = sharedRegistry();

/** Answered to anybody, and with words that nothing else is answered with. */
const SMUGGLED = 'GET /v2/_oci/ext/discover HTTP/1.1\r\nHost: havre\r\n\r\n';

function isSmuggled({ body }: RawReply): boolean {
  return body.includes('extensions');
}

/** A POST of a session, which takes no body, with these headers and bytes after it. */
function postWith(headers: string, rest: string): string {
  const authorization = `Authorization: ${registry().authorization}\r\n`;
  return `POST /v2/${newRepository()}/blobs/uploads/ HTTP/1.1\r\nHost: havre\r\n${authorization}${headers}\r\n${rest}`;
}

describe('a request whose length can be read in two ways', () => {
  const length = SMUGGLED.length;
  const ambiguous = [
    ['Content-Length and chunked', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    [
      'chunked and Content-Length',
      `Transfer-Encoding: chunked\r\nContent-Length: ${length + 5}\r\n`,
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ['two lengths', `Content-Length: 0\r\nContent-Length: ${length}\r\n`, SMUGGLED],
    ['two lengths, the other way round', `Content-Length: ${length}\r\nContent-Length: 0\r\n`, SMUGGLED],
    ['two lengths in one', `Content-Length: 0, ${length}\r\n`, SMUGGLED],
    ['a signed length', `Content-Length: +${length}\r\n`, SMUGGLED],
    ['a negative length', 'Content-Length: -1\r\n', SMUGGLED],
    ['a length in hexadecimal', `Content-Length: 0x${length.toString(16)}\r\n`, SMUGGLED],
    ['a length that is no number', 'Content-Length: abc\r\n', SMUGGLED],
    ['a length beyond 64 bits', `Content-Length: 18446744073709551616\r\n`, SMUGGLED],
    ['a space before the colon', `Transfer-Encoding : chunked\r\n`, `0\r\n\r\n${SMUGGLED}`],
    ['another coding', 'Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['chunked not last', 'Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['chunked after another', 'Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${SMUGGLED}`],
    [
      'two codings',
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n',
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ['a folded line', `Transfer-Encoding:\r\n chunked\r\nContent-Length: ${length}\r\n`, SMUGGLED],
    ['a control character', 'Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${SMUGGLED}`],
    ['a quoted coding', 'Transfer-Encoding: "chunked"\r\nContent-Length: 5\r\n', `0\r\n\r\n${SMUGGLED}`],
  ] as const;
  for (const [name, headers, rest] of ambiguous) {
    it(`is 400, and the connection ends: ${name}`, async () => {
      using connection = await RawConnection.open(registry().url);
      connection.write(postWith(headers, rest));
      const replies = await connection.repliesUntilEnd();
      expect(replies.map(({ status }) => status)).toEqual([400]);
    });
  }

  const bare = [
    ['lines that end without a return', () => `GET /v2/ HTTP/1.1\nHost: havre\n\n${SMUGGLED}`],
    ['a name with a space', () => postWith('Content Length: 5\r\n', SMUGGLED)],
    ['a name with a null', () => postWith('X\0: 1\r\n', SMUGGLED)],
    ['a value with a null', () => postWith('X: \0\r\n', SMUGGLED)],
    ['no name', () => postWith(': x\r\n', SMUGGLED)],
    ['no colon', () => postWith('nothing\r\n', SMUGGLED)],
  ] as const;
  for (const [name, text] of bare) {
    it(`is not taken for two: ${name}`, async () => {
      using connection = await RawConnection.open(registry().url);
      connection.write(text());
      const replies = await connection.repliesUntilEnd();
      expect(replies.filter(isSmuggled)).toEqual([]);
    });
  }
});

describe('a body in chunks that are not what they say', () => {
  const blob = randomBlob(5);
  const text = Buffer.from(blob.bytes).toString('latin1');
  const bodies = [
    ['a size that is no number', `zz\r\n${text}\r\n0\r\n\r\n`],
    ['a negative size', `-5\r\n${text}\r\n0\r\n\r\n`],
    ['a signed size', `+5\r\n${text}\r\n0\r\n\r\n`],
    ['a size in C', `0x5\r\n${text}\r\n0\r\n\r\n`],
    ['a size beyond 64 bits', `10000000000000005\r\n${text}\r\n0\r\n\r\n`],
    ['no size', `\r\n${text}\r\n0\r\n\r\n`],
    ['a chunk that is longer', `4\r\n${text}\r\n0\r\n\r\n`],
    ['a chunk without its end', `5\r\n${text}0\r\n\r\n`],
    ['lines that end without a return', `5\n${text}\n0\n\n`],
    ['a size with a space before it', ` 5\r\n${text}\r\n0\r\n\r\n`],
  ] as const;
  for (const [name, body] of bodies) {
    it(`is not taken, and what follows is no request: ${name}`, async () => {
      const repository = newRepository();
      const authorization = `Authorization: ${registry().authorization}`;
      using connection = await RawConnection.open(registry().url);
      connection.write(
        `POST /v2/${repository}/blobs/uploads/?digest=${blob.digest} HTTP/1.1\r\nHost: havre\r\n${authorization}\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n${body}${SMUGGLED}`,
      );
      const replies = await connection.repliesUntilEnd();
      expect(replies.filter(isSmuggled)).toEqual([]);
      for (const { status } of replies) expect(status).toBe(400);
      expect((await registry().client.send('HEAD', `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);
    });
  }

  it('is taken with extensions and trailers, which say nothing here', async () => {
    const repository = newRepository();
    const head =
      `POST /v2/${repository}/blobs/uploads/?digest=${blob.digest} HTTP/1.1\r\nHost: havre\r\n` +
      `Authorization: ${registry().authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    using connection = await RawConnection.open(registry().url);
    connection.write(`${head}5;name=value\r\n${text}\r\n0\r\nX-Trailer: 1\r\n\r\n`);
    expect((await connection.reply())?.status).toBeOneOf([201, 400]);
  });
});

describe('a connection after a reply that came before the end of the body', () => {
  const early = [
    ['401 to a PATCH', 'PATCH', () => `/v2/${newRepository()}/blobs/uploads/${crypto.randomUUID()}`, undefined, 401],
    ['404 to a PATCH', 'PATCH', () => `/v2/${newRepository()}/blobs/uploads/${crypto.randomUUID()}`, 'admin', 404],
    ['401 to a PUT of a manifest', 'PUT', () => `/v2/${newRepository()}/manifests/v1`, undefined, 401],
    ['413 to a PUT of a manifest', 'PUT', () => `/v2/${newRepository()}/manifests/v1`, 'admin', 413],
    ['400 to a POST', 'POST', () => `/v2/${newRepository()}/blobs/uploads/?digest=sha256:0`, 'admin', 400],
    ['404 to no endpoint', 'POST', () => '/v2/nothing', undefined, 404],
    ['405 to a POST', 'POST', () => '/v2/', undefined, 405],
    ['a 202 that did not ask for a body', 'POST', () => `/v2/${newRepository()}/blobs/uploads/`, 'admin', 202],
  ] as const;
  const size = 5 * 1024 * 1024;
  for (const [name, method, path, who, status] of early) {
    it(`goes on at the next request, or ends: ${name}`, async () => {
      const authorization = who === undefined ? '' : `Authorization: ${registry().authorization}\r\n`;
      using connection = await RawConnection.open(registry().url);
      connection.write(
        `${method} ${path()} HTTP/1.1\r\nHost: havre\r\n${authorization}Content-Length: ${size}\r\n\r\n`,
      );
      // Each part of the body is a whole request: if it was ever read as one, there would be an answer to it.
      const part = SMUGGLED.repeat(1000);
      for (let sent = 0; sent < size; sent += part.length) connection.write(part.slice(0, size - sent));
      expect((await connection.reply())?.status).toBe(status);
      connection.write('GET /v2/ HTTP/1.1\r\nHost: havre\r\n\r\n');
      const next = await connection.reply();
      if (next !== undefined)
        expect({ status: next.status, isSmuggled: isSmuggled(next) }).toEqual({ status: 401, isSmuggled: false });
    });
  }

  it('goes on at the next request, or ends: 401 to a PATCH in chunks', async () => {
    using connection = await RawConnection.open(registry().url);
    connection.write(
      `PATCH /v2/${newRepository()}/blobs/uploads/x HTTP/1.1\r\nHost: havre\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    expect((await connection.reply())?.status).toBe(401);
    for (let count = 0; count < 100; count++) connection.write(`${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n`);
    connection.write('0\r\n\r\nGET /v2/ HTTP/1.1\r\nHost: havre\r\n\r\n');
    const next = await connection.reply();
    if (next !== undefined)
      expect({ status: next.status, isSmuggled: isSmuggled(next) }).toEqual({ status: 401, isSmuggled: false });
  });

  it('that was told 401 while it still sends can be used for the same request with credentials', async () => {
    const blob = randomBlob(100_000);
    const path = `/v2/${newRepository()}/blobs/uploads/?digest=${blob.digest}`;
    using connection = await RawConnection.open(registry().url);
    for (const [authorization, status] of [
      ['', 401],
      [`Authorization: ${registry().authorization}\r\n`, 201],
    ] as const) {
      connection.write(`POST ${path} HTTP/1.1\r\nHost: havre\r\n${authorization}Content-Length: 100000\r\n\r\n`);
      connection.write(blob.bytes);
      expect((await connection.reply())?.status).toBe(status);
    }
  });

  it('that asked before it sends is told 401 instead of 100', async () => {
    using connection = await RawConnection.open(registry().url);
    connection.write(
      `PUT /v2/${newRepository()}/manifests/v1 HTTP/1.1\r\nHost: havre\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect((await connection.reply())?.status).toBe(401);
  });
});

describe('requests one after the other on a connection', () => {
  it('are answered in order, each as its own client', async () => {
    using connection = await RawConnection.open(registry().url);
    const known = `Authorization: ${registry().authorization}\r\n`;
    const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: havre\r\n${headers}\r\n`;
    connection.write(
      [get('/v2/', known), get('/v2/'), get('/v2/_oci/ext/discover'), get('/v2/', known), get('/v2/nothing')].join(''),
    );
    const replies: (RawReply | undefined)[] = [];
    for (let count = 0; count < 5; count++) replies.push(await connection.reply());
    expect(replies.map((reply) => reply?.status)).toEqual([200, 401, 200, 200, 404]);
  });
});
