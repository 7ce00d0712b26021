import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What may go wrong between a client of S3 and S3. */
export const S3_FAULTS = [
  /** 500 InternalError, before S3 sees the request. */
  'internal-error',
  /** 503 SlowDown, before S3 sees the request. */
  'slow-down',
  /** The connection ends as soon as the request's headers came. */
  'reset-at-once',
  /** The connection ends in the middle of the request's body. */
  'reset-in-request',
  /** S3 does it, and the connection ends before a word of the reply. */
  'lost-reply',
  /** The connection ends in the middle of the reply's body. */
  'reset-in-reply',
  /** The reply comes in small pieces. */
  'slow-reply',
] as const;
export type S3Fault = (typeof S3_FAULTS)[number];

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** How many requests of this method and URL there were before. */
  readonly before: number;
}

type Plan = (request: ProxiedRequest) => S3Fault | undefined;

const PIECE_BYTES = 16 * 1024;

/** Stands between a store and its S3 server, and does to each request what the test planned for it. */
export class S3FaultProxy implements AsyncDisposable {
  readonly endpoint: string;
  /** What was asked, in order. */
  readonly requests: ProxiedRequest[] = [];
  #plan: Plan = () => undefined;
  readonly #server: Server;
  readonly #target: string;

  private constructor(server: Server, target: string) {
    const { port } = server.address() as AddressInfo; // it listens on a port, not on a socket file
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#server = server;
    this.#target = target;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  static async start(target: string): Promise<S3FaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new S3FaultProxy(server, target);
  }

  /** From now on; requests under way go on as they were. */
  plan(plan: Plan): void {
    this.#plan = plan;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const before = this.requests.filter((earlier) => earlier.method === method && earlier.url === url).length;
    const asked = { method, url, before };
    this.requests.push(asked);
    const fault = this.#plan(asked);
    if (fault === 'reset-at-once') return void request.socket.destroy();
    if (fault === 'reset-in-request') return await cutRequest(request);
    const body = await bodyOf(request);
    if (fault === 'internal-error') return refuse(response, 500, 'InternalError');
    if (fault === 'slow-down') return refuse(response, 503, 'SlowDown');
    const reply = await this.#forward(request, body);
    if (fault === 'lost-reply') return void request.socket.destroy();
    const bytes = Buffer.from(await reply.arrayBuffer());
    response.writeHead(reply.status, headersOf(reply, method === 'HEAD' ? undefined : bytes.byteLength));
    if (fault === 'reset-in-reply') {
      if (bytes.byteLength > 1) response.write(bytes.subarray(0, bytes.byteLength / 2));
      else response.flushHeaders();
      await new Promise((resolve) => setImmediate(resolve));
      return void request.socket.destroy();
    }
    if (fault === 'slow-reply') await writeSlowly(response, bytes);
    else if (bytes.byteLength > 0) response.write(bytes);
    response.end();
  }

  async #forward(request: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<Response> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && name !== 'connection') headers.set(name, String(value));
    }
    return await fetch(this.#target + (request.url ?? '/'), {
      method: request.method ?? 'GET',
      headers,
      ...(body.byteLength > 0 && { body }),
    });
  }
}

/** What is said of the connection is said by this one. */
function headersOf({ headers }: Response, lengthBytes: number | undefined): Record<string, string> {
  const { connection: _connection, 'transfer-encoding': _encoding, ...kept } = Object.fromEntries(headers);
  return { ...kept, ...(lengthBytes !== undefined && { 'content-length': String(lengthBytes) }) };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Ends the connection after half of the body that was announced, or at once where there is none. */
async function cutRequest(request: IncomingMessage): Promise<void> {
  const half = Number(request.headers['content-length'] ?? 0) / 2;
  let received = 0;
  for await (const piece of request) {
    received += (piece as Buffer).byteLength;
    if (received >= half) break;
  }
  request.socket.destroy();
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>planned</Message></Error>`;
  response.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function writeSlowly(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    response.write(bytes.subarray(at, at + PIECE_BYTES));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
