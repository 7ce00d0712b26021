import { createServer } from 'node:net';

/**
 * A TCP port that was free a moment ago on 127.0.0.1. Chosen here and not by the server, so that a server that is
 * killed and started again has the same address, as it would for a real client.
 */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
