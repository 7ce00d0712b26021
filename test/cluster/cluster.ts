import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';
import { PostgresServer } from '../support/postgres-server.ts';
import { S3_PROGRAMS, S3Server } from '../support/s3-server.ts';
import { basicAuthorization } from '../support/server.ts';
import { startBalancer, type BalancerProgram } from './balancer.ts';
import { Network, type Machine } from './network.ts';
import { Node } from './node.ts';

export interface ClusterOptions {
  /** Default 3. */
  readonly nodes?: number;
  /** Default haproxy. */
  readonly balancer?: BalancerProgram;
  /** Told to every node, as environment variables. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Every program on a machine of its own, so that they can be cut off from each other. It takes root. */
  readonly isNetworked?: boolean;
}

const DATABASE = 'havre';
const DATABASE_PORT = 5432;
const STORAGE_PORT = 9000;
const NODE_PORT = 5000;

/** Havre as it is run on many machines: nodes on one PostgreSQL and one S3, behind a load balancer. */
export class Cluster implements AsyncDisposable {
  /** By which clients reach it: the balancer's. */
  readonly url: string;
  readonly host: string;
  readonly balancer: BalancerProgram;
  readonly nodes: readonly Node[];
  readonly database: PostgresServer;
  readonly storage: S3Server;
  readonly username = 'admin';
  readonly password = 'a password for tests';
  readonly authorization = basicAuthorization(this.username, this.password);
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Parts,
    { program, port }: { program: BalancerProgram; port: number },
    stack: AsyncDisposableStack,
  ) {
    this.balancer = program;
    this.url = `http://127.0.0.1:${port}`;
    this.host = `localhost:${port}`;
    this.nodes = parts.nodes;
    this.database = parts.database;
    this.storage = parts.storage;
    this.#stack = stack;
  }

  /** Starts everything, and waits until it is ready. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const parts = await startParts(options, stack);
    const port = await freePort();
    const nodes = parts.nodes.map(({ url }) => new URL(url).host);
    const { balancer: program = 'haproxy' } = options;
    stack.use(await startBalancer({ program, listen: `127.0.0.1:${port}`, nodes }));
    return new Cluster(parts, { program, port }, stack.move());
  }

  /** @throws {RangeError} there is no such node. */
  node(place: number): Node {
    const node = this.nodes[place];
    if (node === undefined) throw new RangeError(`there is no node ${place}`);
    return node;
  }

  /** What the programs have printed, for whoever has to find out what went wrong. */
  logs(): string {
    const parts = [...this.nodes, { name: 'PostgreSQL', logs: () => this.database.logs() }];
    return parts.map((part) => `---- ${part.name}\n${part.logs()}`).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

interface Parts {
  readonly nodes: readonly Node[];
  readonly database: PostgresServer;
  readonly storage: S3Server;
}

async function startParts(options: ClusterOptions, stack: AsyncDisposableStack): Promise<Parts> {
  const network = options.isNetworked === true ? stack.use(await Network.open()) : undefined;
  const machines = { database: await network?.add('database'), storage: await network?.add('storage') };
  const program = S3_PROGRAMS.find((name) => name === process.env['TEST_S3']);
  const database = stack.use(
    await PostgresServer.start({ isDurable: true, ...placed(machines.database, DATABASE_PORT) }),
  );
  const storage = stack.use(await S3Server.start({ program, ...placed(machines.storage, STORAGE_PORT) }));
  const env = {
    ...storage.credentials,
    HAVRE_DATABASE_URL: await database.createDatabase(DATABASE),
    HAVRE_STORAGE: storage.storage('cluster'),
    HAVRE_HTTP_TRUSTED_PROXIES: network?.ownAddress ?? '127.0.0.1',
    ...options.env,
  };
  const folder = stack.adopt(temporaryFolder('cluster'), removeFolder);
  const nodes: Node[] = [];
  for (let place = 0; place < (options.nodes ?? 3); place += 1) {
    const name = `node-${place}`;
    const machine = await network?.add(name);
    const port = machine === undefined ? await freePort() : NODE_PORT;
    nodes.push(new Node({ name, data: join(folder, name), port, env, machine, others: machines }));
  }
  stack.defer(async () => {
    await Promise.all(nodes.filter((node) => node.isRunning).map((node) => node.kill()));
  });
  // All at once, on an empty database: one of them makes the tables, and the others wait for it.
  await Promise.all(nodes.map((node) => node.start()));
  return { nodes, database, storage };
}

function placed(machine: Machine | undefined, port: number): { address?: string; port?: number; namespace?: string } {
  return machine === undefined ? {} : { address: machine.address, namespace: machine.namespace, port };
}
