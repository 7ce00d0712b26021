import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Cuts {
  /** Bytes after which a connection is cut: those of the client (`up`), or those for it (`down`). */
  readonly afterBytes: number;
  readonly direction: 'up' | 'down';
  /** How many connections are cut; later ones are left alone. */
  readonly times: number;
}

export interface CuttingProxy extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Connections that were cut so far. */
  readonly cuts: number;
}

/** Stands between a client and a server, and resets connections in the middle. */
export async function openCuttingProxy(target: string, { afterBytes, direction, times }: Cuts): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let bytes = 0;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => open.delete(socket));
    }
    const count = (piece: Buffer): void => {
      bytes += piece.byteLength;
      if (bytes < afterBytes || cuts >= times) return;
      cuts += 1;
      client.resetAndDestroy();
      // What the server has got is its own: it sees an end, as of a client that went away.
      upstream.end();
    };
    (direction === 'up' ? client : upstream).on('data', count);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
