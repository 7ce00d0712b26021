import { connect, createServer } from 'node:net';
import { fail, ok, warn, type Finding } from './check.ts';

/** `free`; `taken` by a program that listens there; else the error code of trying to. */
export type PortState = 'free' | 'taken' | (string & {});

export interface PortFacts {
  /** As configured: `:5000`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly address: string;
  readonly state: PortState;
  /** The data folder is in use: the server is likely to be what listens there. */
  readonly isServing: boolean;
  /** What listens there speaks the registry's protocol. */
  readonly isRegistry: boolean;
}

const ABOUT = 'port';

export function checkPort({ address, state, isServing, isRegistry }: PortFacts): Finding {
  if (state === 'taken' && isServing && isRegistry) return ok(ABOUT, `The registry answers on ${address}.`);
  if (state === 'taken') {
    return fail(
      ABOUT,
      `Another program listens on ${address}.`,
      'Stop it, or choose another port: HAVRE_HTTP_ADDRESS.',
    );
  }
  if (state === 'free' && isServing) {
    const advice = 'Is it still starting, or was it started with another address?';
    return warn(ABOUT, `The data folder is in use, and nothing listens on ${address}.`, advice);
  }
  if (state === 'free') return ok(ABOUT, `${address} is free.`);
  if (state === 'EACCES') {
    const advice =
      'Choose a port above 1023, and publish it as the one you want (docker -p 443:5000, a proxy, systemd).';
    return fail(ABOUT, `This user may not listen on ${address}.`, advice);
  }
  if (state === 'EADDRNOTAVAIL') {
    return fail(
      ABOUT,
      `${address} is no address of this machine.`,
      'Correct HAVRE_HTTP_ADDRESS; :5000 is every address.',
    );
  }
  return fail(ABOUT, `Nobody could listen on ${address}: ${state}.`, 'Correct HAVRE_HTTP_ADDRESS.');
}

interface Place {
  readonly host?: string;
  readonly port: number;
}

/** `undefined` for a socket file, which has no port. */
export function parseAddress(address: string): Place | undefined {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (port === '') return undefined;
  return { port: Number(port), ...(host === '' ? {} : { host: host.replace(/^\[|\]$/g, '') }) };
}

/** Tries to connect, and then to listen, for a moment. */
export async function portState(place: Place): Promise<PortState> {
  return (await isAnswered(place)) ? 'taken' : listenBriefly(place);
}

function isAnswered({ host, port }: Place): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: reachable(host) });
  socket.setTimeout(2000, () => resolve(false));
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** What listens on every address is reached on this machine's own. */
export function reachable(host: string | undefined): string {
  return host === undefined || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function listenBriefly(place: Place): Promise<PortState> {
  const { promise, resolve } = Promise.withResolvers<PortState>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => {
    resolve(error.code === 'EADDRINUSE' ? 'taken' : (error.code ?? error.message));
  });
  server.listen({ ...place, exclusive: true }, () => server.close(() => resolve('free')));
  return promise;
}
