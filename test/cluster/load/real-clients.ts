import { said, type Client, type Session } from '../../journeys/clients/client.ts';
import { crane } from '../../journeys/clients/crane.ts';
import { docker } from '../../journeys/clients/docker.ts';
import { skopeo } from '../../journeys/clients/skopeo.ts';
import { Sandbox } from '../../journeys/harness/sandbox.ts';
import { findTool, ROOT } from '../../journeys/harness/tools.ts';
import { digestOf } from '../../support/image.ts';
import { RegistryClient } from '../../support/registry-client.ts';
import type { Cluster } from '../cluster.ts';
import type { Watch } from './watch.ts';

/** Milliseconds: they are here to see whether they can, and leave the machine to the others. */
const BETWEEN_PUSHES = 500;

/** The programs that people push and pull with, at it for as long as the load goes on. */
export class RealClients implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #registry: RegistryClient;
  readonly #watch: Watch;
  readonly #sessions: { readonly name: string; readonly session: Session; readonly pushed: string[] }[] = [];
  #work: Promise<unknown> = Promise.resolve();

  private constructor(cluster: Cluster, watch: Watch) {
    this.#registry = new RegistryClient(cluster);
    this.#watch = watch;
  }

  static async start(cluster: Cluster, watch: Watch): Promise<RealClients> {
    const clients = new RealClients(cluster, watch);
    for (const client of [crane, skopeo, docker]) if (isThere(client)) await clients.#open(client, cluster);
    clients.#work = Promise.all(clients.#sessions.map(({ name }) => clients.#run(name)));
    clients.#work.catch((error: unknown) => watch.complain(String(error)));
    return clients;
  }

  /** Waits until the last commands have ended. @returns one sentence for each image that was pushed and is not there, whole. */
  async end(): Promise<string[]> {
    await this.#work;
    const broken: string[] = [];
    for (const { name, session, pushed } of this.#sessions) {
      console.log(`${name}: ${pushed.length} images pushed`);
      for (const image of pushed) {
        const what = await whatIsWrongWith(this.#registry, image);
        if (what !== undefined) broken.push(`${name} was told that it pushed ${image}: ${what}`);
      }
      const last = pushed.at(-1);
      const pulled = last === undefined ? undefined : await session.pull(last);
      if (pulled !== undefined && pulled.status !== 0) broken.push(`${name} cannot pull ${last}: ${said(pulled)}`);
    }
    return broken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #open(client: Client, cluster: Cluster): Promise<void> {
    const sandbox = this.#stack.use(await Sandbox.open());
    const session = this.#stack.use(await client.open(sandbox, { host: cluster.host, scheme: 'http' }));
    const login = await session.login(cluster.username, cluster.password);
    if (login.status !== 0) throw new Error(`${client.name}: ${said(login)}`);
    this.#sessions.push({ name: client.name, session, pushed: [] });
  }

  /** A push under a new tag, and a pull of it. Clients try again by themselves, and fail where that does not help. */
  async #run(name: string): Promise<void> {
    const found = this.#sessions.find((session) => session.name === name);
    if (found === undefined) return;
    const { session, pushed } = found;
    for (let count = 0; !this.#watch.isEnded; count += 1) {
      const image = `real/${name}:${count}`;
      let since = Date.now();
      const push = await session.push(image);
      if (push.status !== 0) {
        this.#watch.failed(`${name} push: ${said(push)}`, since);
        continue;
      }
      pushed.push(image);
      await Bun.sleep(BETWEEN_PUSHES);
      since = Date.now();
      const pull = await session.pull(image);
      if (pull.status !== 0) this.#watch.failed(`${name} pull: ${said(pull)}`, since);
    }
  }
}

/** Its manifest and all that it names, byte for byte. */
async function whatIsWrongWith(registry: RegistryClient, image: string): Promise<string | undefined> {
  const [repository = '', tag = ''] = image.split(':');
  try {
    const manifest = await registry.pullManifest(repository, tag);
    const document: { config: { digest: string }; layers: { digest: string }[] } = JSON.parse(
      new TextDecoder().decode(manifest),
    );
    for (const { digest } of [document.config, ...document.layers]) {
      if (digestOf(await registry.pullBlob(repository, digest)) !== digest) return `other bytes for ${digest}`;
    }
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function isThere({ tools }: Client): boolean {
  return tools.every((tool) => (tool === ROOT ? process.getuid?.() === 0 : findTool(tool) !== undefined));
}
