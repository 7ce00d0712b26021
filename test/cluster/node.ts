import type { HavreOptions, RunningHavre } from '../support/server.ts';
import { startOneHavre } from '../support/server.ts';
import type { Machine } from './network.ts';

export interface NodeOptions {
  readonly name: string;
  readonly data: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without one it runs on this machine, and cannot be cut off. */
  readonly machine?: Machine | undefined;
  /** What it may be cut off from. */
  readonly others: { readonly database?: Machine | undefined; readonly storage?: Machine | undefined };
}

/** One Havre of a cluster: a process that may end and be started again, on a machine that may be cut off. */
export class Node {
  readonly name: string;
  /** Of the node itself, whatever the balancer thinks of it. */
  readonly url: string;
  readonly #options: NodeOptions;
  #running: RunningHavre | undefined;
  /** Of those that have ended. */
  #printed = '';

  constructor(options: NodeOptions) {
    this.name = options.name;
    this.url = `http://${options.machine?.address ?? '127.0.0.1'}:${options.port}`;
    this.#options = options;
  }

  /** Starts it, and waits until it is ready. */
  async start({ env, args }: Pick<HavreOptions, 'env' | 'args'> = {}): Promise<RunningHavre> {
    const { machine, data, port } = this.#options;
    const given = { ...this.#options.env, ...env };
    this.#running = await startOneHavre({ machine, data, port, env: given, ...(args && { args }) });
    return this.#running;
  }

  /** SIGTERM. @returns the exit status, when it has ended. */
  async stop(): Promise<number> {
    const running = this.#take();
    const status = await running.stop();
    this.#printed += running.logs();
    return status;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const running = this.#take();
    await running.kill();
    this.#printed += running.logs();
  }

  async partitionFrom(what: 'database' | 'storage'): Promise<void> {
    const other = this.#options.others[what];
    if (other === undefined) throw new Error('it takes a network of its own');
    await this.#machine().partitionFrom(other);
  }

  /** Nothing reaches it any more, and it reaches nothing. */
  async unplug(): Promise<void> {
    await this.#machine().unplug();
  }

  async heal(): Promise<void> {
    await this.#machine().heal();
  }

  /** The status of its `/readyz`; `none` when nothing answers within a few seconds. */
  async readiness(): Promise<number | 'none'> {
    try {
      const headers = { connection: 'close' };
      const reply = await fetch(`${this.url}/readyz`, { headers, signal: AbortSignal.timeout(5000) });
      await reply.arrayBuffer();
      return reply.status;
    } catch {
      return 'none';
    }
  }

  /** Everything it has printed since the beginning. */
  logs(): string {
    return this.#printed + (this.#running?.logs() ?? '');
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  #take(): RunningHavre {
    const running = this.#running;
    if (running === undefined) throw new Error(`${this.name} does not run`);
    this.#running = undefined;
    return running;
  }

  #machine(): Machine {
    const { machine } = this.#options;
    if (machine === undefined) throw new Error('it takes a network of its own');
    return machine;
  }
}
