import { said, type Client, type Session } from '../../journeys/clients/client.ts';
import { crane } from '../../journeys/clients/crane.ts';
import { docker } from '../../journeys/clients/docker.ts';
import { skopeo } from '../../journeys/clients/skopeo.ts';
import { Sandbox } from '../../journeys/harness/sandbox.ts';
import { findTool, ROOT } from '../../journeys/harness/tools.ts';
import type { Cluster } from '../cluster.ts';
import type { Watch } from './watch.ts';

/** Milliseconds: they are here to see whether they can, and leave the machine to the others. */
const BETWEEN_PUSHES = 500;

/** The programs that people push and pull with, at it for as long as the load goes on. */
export class RealClients implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #watch: Watch;
  readonly #sessions: { readonly name: string; readonly session: Session; readonly pushed: string[] }[] = [];
  #work: Promise<unknown> = Promise.resolve();

  private constructor(watch: Watch) {
    this.#watch = watch;
  }

  static async start(cluster: Cluster, watch: Watch): Promise<RealClients> {
    const clients = new RealClients(watch);
    for (const client of [crane, skopeo, docker]) if (isThere(client)) await clients.#open(client, cluster);
    clients.#work = Promise.all(clients.#sessions.map(({ name }) => clients.#run(name)));
    clients.#work.catch((error: unknown) => watch.complain(String(error)));
    return clients;
  }

  /** Waits until the last commands have ended. @returns one sentence for each image that was pushed and cannot be pulled. */
  async end(): Promise<string[]> {
    await this.#work;
    const broken = this.#sessions.map(async ({ name, session, pushed }) => {
      console.log(`${name}: ${pushed.length} images pushed`);
      const gone: string[] = [];
      for (const image of pushed) {
        const pulled = await session.pull(image);
        if (pulled.status !== 0) gone.push(`${name} was told that it pushed ${image}: ${said(pulled)}`);
      }
      return gone;
    });
    return (await Promise.all(broken)).flat();
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

function isThere({ tools }: Client): boolean {
  return tools.every((tool) => (tool === ROOT ? process.getuid?.() === 0 : findTool(tool) !== undefined));
}
