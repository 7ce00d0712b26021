import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { Egress } from './egress.ts';
import type { UpstreamHttp } from './upstream-http.ts';
import { Upstreams } from './upstreams.ts';

const opened: Server[] = [];

afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that knows by which connection each request came, from 1 on. @param isCut whether it is closed instead. */
async function counting(
  isCut: (connection: number, request: number) => boolean = () => false,
  wait: (connection: number, request: number) => Promise<void> = async () => undefined,
) {
  const connections = new Map<object, { readonly number: number; requests: number }>();
  const came: string[] = [];
  const open = new Set<object>();
  const server = createServer((request, response) => {
    const connection = connections.get(request.socket) ?? { number: connections.size + 1, requests: 0 };
    connections.set(request.socket, connection);
    connection.requests += 1;
    came.push(`${request.method} ${connection.number}`);
    if (isCut(connection.number, connection.requests)) request.socket.destroy();
    else void wait(connection.number, connection.requests).then(() => response.end('in'));
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(server);
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, came, open };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

const { signal } = new AbortController();

function upstreams(): Upstreams {
  return new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock: new EgressClock() });
}

async function ask(http: UpstreamHttp, url: string, method = 'GET'): Promise<number> {
  return (await http.send({ method, url, signal, attempts: 1 })).status;
}

describe('a connection', () => {
  it('serves again for what only reads', async () => {
    const { url, came } = await counting();
    const http = upstreams().open({ purpose: 'registries' });
    for (const method of ['GET', 'GET', 'POST', 'DELETE']) await ask(http, url, method);
    expect(came).toEqual(['GET 1', 'GET 1', 'POST 2', 'DELETE 3']);
  });

  it('never serves another registry connection, whoever it calls', async () => {
    const { url, came } = await counting();
    const of = upstreams();
    for (const account of ['a', 'b', 'a']) await ask(of.open({ purpose: 'registries', account }), url);
    expect(came).toEqual(['GET 1', 'GET 2', 'GET 3']);
  });

  it('that waits longest is closed where very many wait, whoever used them', async () => {
    const { url, came, open } = await counting();
    const of = upstreams();
    const ours = Array.from({ length: 150 }, (_, number) =>
      of.open({ purpose: 'registries', account: `account ${number}` }),
    );
    for (const http of ours) await ask(http, url);
    // The first of them was closed, the last one serves again.
    for (const http of [...ours.slice(0, 1), ...ours.slice(-1)]) await ask(http, url);
    expect(came.slice(150)).toEqual(['GET 151', 'GET 150']);
    await until(() => open.size <= 100);
  });

  it('that is in use is not closed, however many wait', async () => {
    const gate = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const { url, came } = await counting(undefined, async (connection, request) => {
      if (connection > 1 || request === 1) return;
      began.resolve();
      await gate.promise;
    });
    const of = upstreams();
    const first = of.open({ purpose: 'registries', account: 'first' });
    await ask(first, url);
    const asked = ask(first, url);
    await began.promise;
    for (let number = 0; number < 120; number += 1) {
      await ask(of.open({ purpose: 'registries', account: `account ${number}` }), url);
    }
    gate.resolve();
    expect(await asked).toBe(200);
    expect(came).toHaveLength(122);
  });

  it('does not serve again after an answer that was not read to its end', async () => {
    const { url, came } = await counting();
    const http = upstreams().open({ purpose: 'registries' });
    await http.send({ method: 'GET', url, signal, maxBytes: 1 }).catch(() => undefined);
    await ask(http, url);
    expect(came).toEqual(['GET 1', 'GET 2']);
  });

  it('that was closed while it was idle is replaced', async () => {
    const { url, came } = await counting((connection, request) => connection === 1 && request === 2);
    const http = upstreams().open({ purpose: 'registries' });
    expect([await ask(http, url), await ask(http, url)]).toEqual([200, 200]);
    expect(came).toEqual(['GET 1', 'GET 1', 'GET 2']);
  });

  it('serves once for everything else that is called', async () => {
    const { url, came } = await counting();
    const egress = new Egress({ purpose: 'webhooks', allow: ['127.0.0.0/8'], userAgent: 'havre/test' });
    for (let left = 2; left > 0; left -= 1) await egress.send({ method: 'GET', url, maxBytes: 100 });
    expect(came).toEqual(['GET 1', 'GET 2']);
  });

  it('is not used for an address that the name does not lead to any more', async () => {
    const { url, came } = await counting();
    const answers = [['127.0.0.1'], ['127.0.0.1'], ['10.0.0.1']];
    const resolve = async () => answers.shift() ?? [];
    const http = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', resolve }).open({
      purpose: 'registries',
    });
    const named = url.replace('127.0.0.1', 'rebinding.example.org');
    expect([await ask(http, named), await ask(http, named)]).toEqual([200, 200]);
    expect(await ask(http, named).catch((error: unknown) => (error as Error).name)).toBe('EgressDeniedError');
    expect(came).toEqual(['GET 1', 'GET 1']);
  });
});
