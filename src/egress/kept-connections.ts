import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** Servers close what is idle after 5 seconds and more. Who closes first knows that nothing is on its way. */
const IDLE_MILLISECONDS = 4000;
const MOST_IDLE_OF_ONE = 4;
const MOST_IDLE = 100;

/** All connections of a process that wait for being used again: of too many, the one that waits longest is closed. */
export class IdleConnections {
  /** The longest idle first. */
  readonly #idle = new Set<Duplex>();
  readonly #seen = new WeakSet<Duplex>();

  add(socket: Duplex): void {
    this.#idle.add(socket);
    if (!this.#seen.has(socket)) socket.once('close', () => this.take(socket));
    this.#seen.add(socket);
    const [oldest] = this.#idle;
    if (this.#idle.size <= MOST_IDLE || oldest === undefined) return;
    this.#idle.delete(oldest);
    oldest.destroy();
  }

  /** It is in use, or is no more. */
  take(socket: Duplex): void {
    this.#idle.delete(socket);
  }
}

/**
 * Connections that one connection to a registry uses again: never another one's, as what is proved on them is its own.
 * They are known by address and server name, so each request goes to the address that was checked for it.
 */
export class KeptConnections {
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;

  constructor(idle: IdleConnections) {
    const options = { keepAlive: true, maxFreeSockets: MOST_IDLE_OF_ONE, timeout: IDLE_MILLISECONDS };
    this.#plain = counted(new http.Agent(options), idle);
    this.#secure = counted(new https.Agent(options), idle);
  }

  for({ isTls }: { readonly isTls: boolean }): http.Agent {
    return isTls ? this.#secure : this.#plain;
  }
}

/** The same agent, whose idle connections are counted with all others. */
function counted<Agent extends http.Agent>(agent: Agent, idle: IdleConnections): Agent {
  const keep = agent.keepSocketAlive.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  agent.keepSocketAlive = (socket) => {
    // One that is not kept after all is closed, and by that no longer counted.
    idle.add(socket);
    return keep(socket);
  };
  agent.reuseSocket = (socket, request) => {
    idle.take(socket);
    reuse(socket, request);
  };
  return agent;
}
