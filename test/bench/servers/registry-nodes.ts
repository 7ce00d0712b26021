import { startBalancer } from '../../cluster/balancer.ts';
import { freePort } from '../../support/ports.ts';
import { startFresh } from '../running.ts';
import type { Bench } from '../row.ts';
import type { Contender, Objects, Target } from './server.ts';

/** Several servers that are one registry, and the load balancer before them. */
export interface RegistryNodes extends Target {
  readonly name: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface NodesOptions {
  /** Of the column. */
  readonly name: string;
  readonly contender: Contender;
  readonly count: number;
  readonly objects: Objects;
  readonly databaseUrl?: string;
}

/** Starts them on their common storage, behind haproxy as docs/operations.md has it: each request to the next node. */
export async function startNodes(bench: Bench, options: NodesOptions): Promise<RegistryNodes> {
  const { name, contender, count, objects, databaseUrl } = options;
  const stack = new AsyncDisposableStack();
  try {
    const nodes = [];
    for (let node = 0; node < count; node++) {
      const server = await startFresh(bench, contender, { objects, ...(databaseUrl !== undefined && { databaseUrl }) });
      stack.defer(() => server.stop());
      nodes.push(server);
    }
    const listen = `127.0.0.1:${await freePort()}`;
    const check = contender.name === 'havre' ? '/readyz' : '/v2/';
    const addresses = nodes.map(({ url }) => new URL(url).host);
    stack.use(await startBalancer({ program: 'haproxy', listen, nodes: addresses, check }));
    const authorization = nodes[0]?.authorization;
    return {
      name,
      url: `http://${listen}`,
      ...(authorization !== undefined && { authorization }),
      pids: nodes.map(({ pid }) => pid),
      stop: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
