import { connect, type Socket } from 'node:net';

/** One reply as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** Names in lowercase; of several lines with one name, all values, joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** As latin1: a character for each byte. */
  readonly body: string;
}

/** A TCP connection on which a test writes whatever it wants, and reads what comes back as a client would. */
export class RawConnection {
  readonly #socket: Socket;
  #unread = '';
  #isEnded = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#unread += text;
    });
    // What a connection is cut with does not matter, only that it ended.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isEnded = true;
    });
    socket.on('end', () => {
      this.#isEnded = true;
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawConnection(socket);
  }

  /** Writes bytes; text is latin1. Writing to a connection that the other side closed is no error. */
  write(bytes: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /**
   * The next reply that is not a `100 Continue`; `undefined` when the connection ended without one.
   *
   * @param method of the request: the reply to a HEAD has no body, whatever its headers say.
   * @throws {Error} none came within `seconds`.
   */
  async reply(method = 'GET', seconds = 5): Promise<RawReply | undefined> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const read = readReply(this.#unread, method, this.#isEnded);
      if (read !== undefined) {
        this.#unread = read.rest;
        if (read.reply.status !== 100) return read.reply;
        continue;
      }
      if (this.#isEnded) return undefined;
      if (Date.now() > deadline) throw new Error(`no whole reply within ${seconds} s: ${JSON.stringify(this.#unread)}`);
      await Bun.sleep(2);
    }
  }

  /** Every reply until the other side closes the connection. @throws {Error} it does not, within `seconds`. */
  async repliesUntilEnd(seconds = 5): Promise<readonly RawReply[]> {
    const replies: RawReply[] = [];
    for (let next = await this.reply('GET', seconds); next !== undefined; next = await this.reply('GET', seconds)) {
      replies.push(next);
    }
    return replies;
  }

  /** Writes no more, as a program that ended: everything written before arrives. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection at once, as a machine that loses its network does. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** @returns `undefined` while the reply is not whole. */
function readReply(text: string, method: string, isEnded: boolean): { reply: RawReply; rest: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1]);
  if (Number.isNaN(status)) throw new Error(`not a reply: ${JSON.stringify(statusLine)}`);
  const headers = readHeaders(lines);
  const rest = text.slice(headEnd + 4);
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { reply: { status, headers, body: '' }, rest };
  }
  if (headers.get('transfer-encoding') === 'chunked') {
    const chunked = readChunked(rest);
    return chunked === undefined ? undefined : { reply: { status, headers, body: chunked.body }, rest: chunked.rest };
  }
  const length = headers.get('content-length');
  if (length === undefined) return isEnded ? { reply: { status, headers, body: rest }, rest: '' } : undefined;
  const size = Number(length);
  if (rest.length < size) return undefined;
  return { reply: { status, headers, body: rest.slice(0, size) }, rest: rest.slice(size) };
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

function readChunked(text: string): { body: string; rest: string } | undefined {
  let body = '';
  let position = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(position, lineEnd), 16);
    const start = lineEnd + 2;
    if (text.length < start + size + 2) return undefined;
    if (size === 0) return { body, rest: text.slice(start + 2) };
    body += text.slice(start, start + size);
    position = start + size + 2;
  }
}
