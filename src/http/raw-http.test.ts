import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'bun:test';
import { connect } from 'node:net';
import { type Listener, openListener } from './listener.ts';

/*
 * What clients can do to a connection with bytes that no library would send. Bun's parser does nearly all of this; the
 * tests say what we rely on, so that an upgrade of Bun that changes it is noticed (docs/decisions/0002-bun-http.md).
 */

let listener: Listener;
let seen: string[] = [];

beforeAll(async () => {
  listener = await openListener({ address: '127.0.0.1:0' }, async (request) => {
    const path = request.url.replace(/^https?:\/\/[^/]*/, '');
    seen.push(`${request.method} ${path}`);
    if (path === '/early') return new Response('no', { status: 401 });
    if (path === '/head') return new Response(null, { headers: { 'Content-Length': '12345' } });
    if (path === '/host') return new Response(request.headers.get('host'));
    try {
      return new Response(`read ${(await request.bytes()).byteLength}`);
    } catch {
      seen.push('body failed');
      return new Response('never sent', { status: 400 });
    }
  });
});
afterAll(() => listener.stop(0));
beforeEach(() => {
  seen = [];
});

interface Exchange {
  /** Status lines of the replies, in order. */
  readonly statuses: readonly string[];
  readonly text: string;
}

const BYE = 'GET /bye HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** Sends the parts, each when the reply to the one before has begun, and resolves when the server closes. */
function send(...parts: readonly (string | Uint8Array)[]): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port ?? 0, '127.0.0.1');
    const rest = [...parts];
    let text = '';
    const sendNext = (): void => {
      const next = rest.shift();
      if (next !== undefined) socket.write(next);
    };
    socket.once('connect', sendNext);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      sendNext();
    });
    socket.once('close', () => resolve({ statuses: text.match(/HTTP\/1\.1 \d{3}/g) ?? [], text }));
    socket.setTimeout(10_000, () => reject(new Error(`the server neither answered nor closed: ${text}`)));
  });
}

function statusesOf(...codes: readonly number[]): readonly string[] {
  return codes.map((code) => `HTTP/1.1 ${code}`);
}

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';

describe('two readings of where a request ends', () => {
  const framings = [
    ['both lengths, one first', 'Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['both lengths, the other first', 'Transfer-Encoding: chunked\r\nContent-Length: 6', '0\r\n\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5', 'hello'],
    ['a list of lengths', 'Content-Length: 5, 5', 'hello'],
    ['a length with a sign', 'Content-Length: +5', 'hello'],
    ['a negative length', 'Content-Length: -1', 'hello'],
    ['a hexadecimal length', 'Content-Length: 0x5', 'hello'],
    ['an empty length', 'Content-Length: ', 'hello'],
    ['a length of two words', 'Content-Length: 5 5', 'hello'],
    ['a length past 64 bits', 'Content-Length: 18446744073709551621', 'hello'],
    ['a space before the colon', 'Content-Length : 5', 'hello'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
    ['identity', 'Transfer-Encoding: identity', 'hello'],
    ['a coding after chunked', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['a coding before chunked', 'Transfer-Encoding: gzip, chunked', '0\r\n\r\n'],
    ['two codings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n'],
    ['a folded header', 'Transfer-Encoding:\r\n chunked', '0\r\n\r\n'],
  ] as const;

  for (const [name, headers, body] of framings) {
    it(`${name}: refused, and what follows is not read`, async () => {
      const { statuses } = await send(`POST /a HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}${HIDDEN}`);
      expect(statuses).toEqual(statusesOf(400));
      expect(seen).toEqual([]);
    });
  }

  it('the coding is not one of HTTP/1.0', async () => {
    const { statuses } = await send(
      `POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    );
    expect(statuses).toEqual(statusesOf(400));
    expect(seen).toEqual([]);
  });
});

describe('a chunk', () => {
  const broken = [
    ['no number', 'z\r\nhello\r\n0\r\n\r\n'],
    ['a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a sign', '-5\r\nhello\r\n0\r\n\r\n'],
    ['nothing', '\r\nhello\r\n0\r\n\r\n'],
    ['a space', ' 5\r\nhello\r\n0\r\n\r\n'],
    ['more than 64 bits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
    ['a bare line feed', '5\nhello\n0\n\n'],
    ['a line feed in an extension', '5;a\nb\r\nhello\r\n0\r\n\r\n'],
  ] as const;
  for (const [name, body] of broken) {
    it(`that starts with ${name} ends the connection, and its reader learns it`, async () => {
      const { statuses } = await send(
        `POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}${HIDDEN}`,
      );
      expect(statuses).toEqual(statusesOf(400));
      expect(seen).toEqual(['POST /a', 'body failed']);
    });
  }

  for (const [name, body] of [
    ['shorter than its bytes', '3\r\nhello\r\n0\r\n\r\n'],
    ['without its end', '5\r\nhello0\r\n\r\n'],
  ] as const) {
    it(`${name} ends the connection`, async () => {
      const { statuses } = await send(
        `POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}${HIDDEN}`,
      );
      expect(statuses).toEqual(statusesOf(400));
      expect(seen).toEqual(['POST /a', 'body failed']);
    });
  }

  it('with an extension is a chunk', async () => {
    const { statuses, text } = await send(
      `POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n${BYE}`,
    );
    expect(statuses).toEqual(statusesOf(200, 200));
    expect(text).toContain('read 5');
  });

  it('cannot hide a request among the trailers', async () => {
    const { statuses } = await send(`POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${HIDDEN}`);
    expect(statuses).toEqual(statusesOf(200, 400));
    expect(seen).toEqual(['POST /a']);
  });
});

describe('a reply before the body was sent', () => {
  const inside = HIDDEN;

  it('leaves the rest of the body a body, and the next request the next', async () => {
    const head = `PATCH /early HTTP/1.1\r\nHost: x\r\nContent-Length: ${inside.length}\r\n\r\n`;
    const { statuses } = await send(head, inside + BYE);
    expect(statuses).toEqual(statusesOf(401, 200));
    expect(seen).toEqual(['PATCH /early', 'GET /bye']);
  });

  it('the same, with the body in the first packet', async () => {
    const { statuses } = await send(
      `PATCH /early HTTP/1.1\r\nHost: x\r\nContent-Length: ${inside.length}\r\n\r\n${inside}${BYE}`,
    );
    expect(statuses).toEqual(statusesOf(401, 200));
    expect(seen).toEqual(['PATCH /early', 'GET /bye']);
  });

  it('the same, in chunks', async () => {
    const head = 'PATCH /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`;
    const { statuses } = await send(head, chunk + BYE);
    expect(statuses).toEqual(statusesOf(401, 200));
    expect(seen).toEqual(['PATCH /early', 'GET /bye']);
  });

  it('the same, with megabytes that nobody reads', async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, inside);
    const head = `PATCH /early HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`;
    const { statuses } = await send(head, Buffer.concat([bytes, Buffer.from(BYE)]));
    expect(statuses).toEqual(statusesOf(401, 200));
    expect(seen).toEqual(['PATCH /early', 'GET /bye']);
  });
});

describe('headers', () => {
  const refused = [
    ['a NUL', 'A: b\0c'],
    ['a control character', 'A: b\u0001c'],
    ['a bare carriage return', 'A: b\rC: d'],
    ['a bare line feed', 'A: b\nC: d'],
    ['a space in a name', 'A b: c'],
    ['an empty name', ': c'],
    ['no colon', 'Abc'],
    ['a folded line', 'A: b\r\n c'],
  ] as const;
  for (const [name, header] of refused) {
    it(`with ${name} are refused`, async () => {
      const { statuses } = await send(`GET /a HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n${HIDDEN}`);
      expect(statuses).toEqual(statusesOf(400));
      expect(seen).toEqual([]);
    });
  }

  it('without Host are refused', async () => {
    expect((await send('GET /a HTTP/1.1\r\n\r\n')).statuses).toEqual(statusesOf(400));
  });

  it('of more than 16 KB are too large, and so are 200 of them', async () => {
    const large = `GET /a HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`;
    expect((await send(large)).statuses).toEqual(statusesOf(431));
    const many = Array.from({ length: 250 }, (_, index) => `A${index}: b\r\n`).join('');
    expect((await send(`GET /a HTTP/1.1\r\nHost: x\r\n${many}\r\n`)).statuses).toEqual(statusesOf(431));
    expect((await send(`GET /${'a'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)).statuses).toEqual(statusesOf(431));
    expect(
      (await send(`GET /a HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(12_000)}\r\nConnection: close\r\n\r\n`)).statuses,
    ).toEqual(statusesOf(200));
  });
});

describe('the rest of the protocol', () => {
  it('answers requests that came together, in order', async () => {
    const { statuses, text } = await send(`POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello${BYE}`);
    expect(statuses).toEqual(statusesOf(200, 200));
    expect(text.indexOf('read 5')).toBeLessThan(text.indexOf('read 0'));
  });

  it('says 100 to who waits for it', async () => {
    const head =
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n';
    const { statuses, text } = await send(head, 'hello');
    expect(statuses).toEqual(statusesOf(100, 200));
    expect(text).toContain('read 5');
  });

  it('gives the length of a reply to HEAD, and no body', async () => {
    const { statuses, text } = await send(`HEAD /head HTTP/1.1\r\nHost: x\r\n\r\n${BYE}`);
    expect(statuses).toEqual(statusesOf(200, 200));
    expect(text).toMatch(/content-length: 12345\r\n/i);
  });

  const paths = [
    ['dots are resolved', '/v2/../x', '/x'],
    ['encoded dots are, too', '/v2/%2e%2E/x', '/x'],
    ['dots cannot leave the root', '/../../x', '/x'],
    ['an encoded slash stays encoded', '/a%2Fb', '/a%2Fb'],
    ['dots around one stay', '/v2/a/..%2f..', '/v2/a/..%2f..'],
    ['a backslash is a slash', '/a\\b', '/a/b'],
    ['two slashes stay two', '//x//y', '//x//y'],
    ['a broken escape stays', '/a%zz%', '/a%zz%'],
    ['dots of a query stay', '/a?b=/../c', '/a?b=/../c'],
    ['an absolute URL loses its host', 'http://evil.example/a', '/a'],
    ['what is not ASCII is encoded', '/é', '/%C3%A9'],
  ] as const;
  for (const [name, path, expected] of paths) {
    it(`in a path, ${name}`, async () => {
      await send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(seen).toEqual([`GET ${expected}`]);
    });
  }

  for (const line of [
    'GET x HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    'GET /a HTTP/2.0',
    'GET /a',
    'GET /a b HTTP/1.1',
    '\u0016\u0003\u0001',
  ]) {
    it(`refuses ${JSON.stringify(line)}`, async () => {
      const { text } = await send(`${line}\r\nHost: x\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 (?:400|505) /);
      expect(seen).toEqual([]);
    });
  }

  it('answers HTTP/1.0, and closes', async () => {
    expect((await send('GET /a HTTP/1.0\r\n\r\n')).statuses).toEqual(statusesOf(200));
  });
});
