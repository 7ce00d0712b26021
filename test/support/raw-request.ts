import { connect, type Socket } from 'node:net';

/**
 * One HTTP/1.1 request whose bytes are sent when the test says so, for what `fetch` cannot do: sending half a body and
 * going away, or taking a long time over it.
 */
export class RawRequest {
  readonly #socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
    });
    // A connection that is cut is seen as its end: what matters is what was received until then.
    socket.on('error', () => {});
  }

  /** Connects and sends the request line and the headers. */
  static async open(
    url: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<RawRequest> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const request = new RawRequest(socket);
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    await request.write(Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`));
    return request;
  }

  /** Resolves when the bytes have been given to the kernel. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends the connection with what was sent so far, as a process that dies does. */
  cut(): void {
    this.#socket.destroy();
  }

  /** With `Expect: 100-continue`: waits until the server has read the headers and asks for the body. */
  async toldToContinue(seconds = 20): Promise<void> {
    await this.#until(/^HTTP\/1\.1 100 /, seconds);
  }

  /** Waits for the status of the answer. @throws {Error} the connection ended without one. */
  async status(seconds = 20): Promise<number> {
    // A `100 Continue` may come before the answer.
    return Number((await this.#until(/(?:^|\r\n\r\n)HTTP\/1\.1 ([2-5]\d\d)/, seconds))[1]);
  }

  async #until(pattern: RegExp, seconds: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) return match;
      if (this.#socket.closed || Date.now() > deadline) throw new Error(`no answer: ${this.#received}`);
      await Bun.sleep(10);
    }
  }

  /** The headers and body received so far. */
  received(): string {
    return this.#received;
  }
}
