/** A request as a webhook's receiver got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly received: readonly Received[];
  /** What it answers from now on. */
  answer(reply: (request: Received) => Response | Promise<Response>): void;
  [Symbol.dispose](): void;
}

/** An HTTP server of this machine that is told of events. It takes everything, until told otherwise. */
export function openReceiver(): Receiver {
  const received: Received[] = [];
  let reply: (request: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 });
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      const { pathname: path } = new URL(request.url);
      const got = { method: request.method, path, headers: request.headers, body: await request.text() };
      received.push(got);
      return await reply(got);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    received,
    answer: (next) => {
      reply = next;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}
