import http from 'node:http';
import https from 'node:https';

/** Servers close what is idle after 5 seconds and more. Who closes first knows that nothing is on its way. */
const IDLE_MILLISECONDS = 4000;
const MOST_IDLE = 4;

/**
 * Connections that one connection to a registry uses again: never another one's, as what is proved on them is its own.
 * They are known by address and server name, so each request goes to the address that was checked for it.
 */
export class KeptConnections {
  readonly #plain = new http.Agent({ keepAlive: true, maxFreeSockets: MOST_IDLE, timeout: IDLE_MILLISECONDS });
  readonly #secure = new https.Agent({ keepAlive: true, maxFreeSockets: MOST_IDLE, timeout: IDLE_MILLISECONDS });

  for({ isTls }: { readonly isTls: boolean }): http.Agent {
    return isTls ? this.#secure : this.#plain;
  }
}
