import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { descendants, isRunning } from './process.ts';

export interface DaemonOptions {
  readonly name: string;
  readonly command: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  /** The network namespace it runs in. Default: that of this process. */
  readonly namespace?: string | undefined;
  /** Throws for as long as the program does not answer yet. */
  readonly isReady: () => Promise<void>;
}

const READY_SECONDS = 60;
const STOP_SECONDS = 30;

/** Those that run now: none outlives the process of the tests. */
const running = new Set<Daemon>();
process.on('exit', () => {
  for (const daemon of running) daemon.killNow();
});

/** A program that runs until it is told to end, and that may be killed and started again. */
export class Daemon implements AsyncDisposable {
  readonly #options: DaemonOptions;
  readonly #printed: string;
  #child: Bun.Subprocess | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#printed = temporaryFolder('daemon');
  }

  /** Of the program, or of what started it. */
  get pid(): number {
    if (this.#child === undefined) throw new Error(`${this.#options.name} was never started`);
    return this.#child.pid;
  }

  /** Starts it, and waits until it is ready. */
  async start(): Promise<void> {
    const { name, command, env, folder, namespace, isReady } = this.#options;
    const log = openSync(join(this.#printed, 'log'), 'a');
    const child = Bun.spawn(inNamespace(namespace, command), {
      ...(folder !== undefined && { cwd: folder }),
      env: { ...process.env, ...env },
      stdin: 'ignore',
      stdout: log,
      stderr: log,
    });
    closeSync(log);
    this.#child = child;
    running.add(this);
    const check = async (): Promise<void> => {
      if (child.exitCode === null) await isReady();
    };
    try {
      await eventually(`${name} is ready`, check, READY_SECONDS);
    } catch (error) {
      throw new Error(`${name} is not ready:\n${this.logs()}`, { cause: error });
    }
    if (child.exitCode !== null) throw new Error(`${name} ended with status ${child.exitCode}:\n${this.logs()}`);
  }

  /** SIGKILL of it and everything it started: none of their handlers run. */
  async kill(): Promise<void> {
    const family = this.killNow();
    await this.#child?.exited;
    await eventually(`${this.#options.name} is gone`, () => {
      if (family.some(isRunning)) throw new Error('still there');
    });
  }

  /** Asks it to end, and kills it when it does not. @returns the exit status. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    const timer = setTimeout(() => this.killNow(), STOP_SECONDS * 1000);
    child.kill(signal);
    const status = await child.exited;
    clearTimeout(timer);
    running.delete(this);
    return status;
  }

  /** As {@link kill}, without waiting for the end. @returns whom it killed. */
  killNow(): number[] {
    running.delete(this);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return [];
    const family = [child.pid, ...descendants(child.pid)];
    for (const pid of family) killIfRunning(pid);
    return family;
  }

  logs(): string {
    return readFileSync(join(this.#printed, 'log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    removeFolder(this.#printed);
  }
}

/** The command line that runs `command` in a network namespace. */
export function inNamespace(namespace: string | undefined, command: readonly string[]): string[] {
  return namespace === undefined ? [...command] : ['nsenter', `--net=/run/netns/${namespace}`, ...command];
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
