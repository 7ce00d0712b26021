import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { type Listener, openListener } from './listener.ts';

/*
 * Bun counts idle time in steps of four seconds, so that these tests take some. They run side by side.
 */

let listener: Listener;
const downloadCut = Promise.withResolvers<void>();

beforeAll(async () => {
  listener = await openListener({ address: '127.0.0.1:0', idleTimeoutSeconds: 4 }, async (request, connection) => {
    if (request.url.endsWith('/work')) {
      return connection.whileWorking(async () => {
        await Bun.sleep(10_000);
        return new Response('worked');
      });
    }
    if (request.url.endsWith('/download')) {
      request.signal.addEventListener('abort', () => downloadCut.resolve());
      return new Response(new Uint8Array(64 * 1024 * 1024));
    }
    const keptAlive = connection.keptAlive();
    for await (const chunk of request.body ?? []) keptAlive(chunk.byteLength);
    return new Response(`received ${connection.receivedBytes}`);
  });
});
afterAll(() => listener.stop(0));

interface Client {
  readonly socket: Socket;
  /** Everything received, once the connection is closed. */
  readonly closed: Promise<string>;
}

function open(): Client {
  const socket = connect(listener.port ?? 0, '127.0.0.1');
  const closed = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  socket.once('close', () => closed.resolve(text));
  return { socket, closed: closed.promise };
}

async function drip(socket: Socket, text: string, everyMilliseconds: number): Promise<void> {
  for (const character of text) {
    if (socket.destroyed) return;
    socket.write(character);
    await Bun.sleep(everyMilliseconds);
  }
}

describe.concurrent('a client', () => {
  it('that says nothing is cut', async () => {
    expect(await open().closed).toBe('');
  }, 30_000);

  it('that drips its headers is cut, however steadily', async () => {
    const { socket, closed } = open();
    void drip(socket, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(200)}`, 200);
    expect(await closed).toBe('');
  }, 30_000);

  it('that stops in the middle of a body is cut', async () => {
    const { socket, closed } = open();
    socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    expect(await closed).toBe('');
  }, 30_000);

  it('that is slow to send, but never stops, is served', async () => {
    const { socket, closed } = open();
    socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\nConnection: close\r\n\r\n');
    await drip(socket, 'x'.repeat(20), 500);
    expect(await closed).toEndWith('received 20');
  }, 30_000);

  it('that takes nothing of a reply is cut', async () => {
    const { socket } = open();
    socket.pause();
    socket.write('GET /download HTTP/1.1\r\nHost: x\r\n\r\n');
    await downloadCut.promise;
    socket.destroy();
  }, 40_000);

  it('that waits for our work is not cut', async () => {
    const { socket, closed } = open();
    socket.write('GET /work HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await closed).toEndWith('worked');
  }, 30_000);
});
