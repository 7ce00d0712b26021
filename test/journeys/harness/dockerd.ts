import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import { eventually } from '../../support/eventually.ts';
import { descendants } from '../../support/process.ts';
import type { Finished } from '../../support/process.ts';
import type { Sandbox } from './sandbox.ts';
import { ROOT } from './tools.ts';

/** What {@link startDockerd} needs. */
export const DOCKER_TOOLS = ['docker', 'dockerd', 'containerd', 'runc', 'unshare', 'mount', ROOT];

const START_SECONDS = 60;
const STOP_SECONDS = 30;

export interface DockerdOptions {
  /** Name → address, for this daemon alone. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** The content of its `/etc/docker/daemon.json`. */
  readonly configuration?: object;
}

/**
 * A Docker daemon of its own: images, socket and `/etc` are below the sandbox. Its `/etc` is a copy, mounted in a
 * mount namespace, so that a journey follows a manual to the letter (`/etc/docker/certs.d/…/ca.crt`) and leaves the
 * machine alone. Needs root. Containers run with `--network host`: the daemon has neither bridge nor firewall rules.
 */
export class Dockerd implements AsyncDisposable {
  /** The daemon's `/etc`, as seen from here. */
  readonly etc: string;
  readonly #sandbox: Sandbox;
  readonly #socket: string;
  readonly #options: DockerdOptions;
  #child: Bun.Subprocess | undefined;

  private constructor(sandbox: Sandbox, options: DockerdOptions) {
    this.etc = sandbox.path('etc');
    this.#sandbox = sandbox;
    this.#socket = sandbox.path('docker.sock');
    this.#options = options;
  }

  static async start(sandbox: Sandbox, options: DockerdOptions = {}): Promise<Dockerd> {
    const daemon = new Dockerd(sandbox, options);
    await daemon.#prepareEtc();
    await daemon.start();
    return daemon;
  }

  /** Runs `docker` against this daemon; any status is an answer. */
  docker(...args: readonly string[]): Promise<Finished> {
    return this.#sandbox.run(['docker', ...args], { env: this.environment });
  }

  /** Runs `docker`, which must succeed. @returns its standard output. */
  dockerOk(...args: readonly string[]): Promise<string> {
    return this.#sandbox.ok(['docker', ...args], { env: this.environment });
  }

  login(host: string, username: string, password: string): Promise<Finished> {
    const command = ['docker', 'login', host, '--username', username, '--password-stdin'];
    return this.#sandbox.run(command, { env: this.environment, input: password });
  }

  /** Starts the daemon, or starts it again after {@link stop}: `systemctl restart docker` is both. */
  async start(): Promise<void> {
    const log = openSync(this.#sandbox.path('dockerd.log'), 'a');
    this.#child = Bun.spawn(this.#command(), {
      env: { ...process.env, ...this.#sandbox.env },
      stdin: 'ignore',
      stdout: log,
      stderr: log,
    });
    closeSync(log);
    const child = this.#child;
    const isUp = async (): Promise<void> => {
      const { status, stderr } = await this.docker('version');
      if (status !== 0 && child.exitCode === null) throw new Error(stderr);
    };
    await eventually('the Docker daemon answers', isUp, START_SECONDS);
    if (child.exitCode !== null) throw new Error(`dockerd ended:\n${await this.logs()}`);
  }

  /** SIGTERM, upon which it ends its containers and its containerd; what then is left is killed. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const family = [child.pid, ...descendants(child.pid)];
    child.kill('SIGTERM');
    const timer = setTimeout(() => family.forEach(killIfAlive), STOP_SECONDS * 1000);
    await child.exited;
    clearTimeout(timer);
    family.forEach(killIfAlive);
  }

  logs(): Promise<string> {
    return readFile(this.#sandbox.path('dockerd.log'), 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What `docker` is told to find this daemon. The classic builder: buildx is a plugin that not every machine has, and has a journey of its own. */
  get environment(): Record<string, string> {
    return { DOCKER_HOST: `unix://${this.#socket}`, DOCKER_BUILDKIT: '0' };
  }

  async #prepareEtc(): Promise<void> {
    await cp('/etc', this.etc, { recursive: true, verbatimSymlinks: true });
    await mkdir(`${this.etc}/docker`, { recursive: true });
    const hosts = Object.entries({ localhost: '127.0.0.1', ...this.#options.hosts });
    await writeFile(`${this.etc}/hosts`, hosts.map(([name, address]) => `${address} ${name}\n`).join(''));
    await writeFile(`${this.etc}/docker/daemon.json`, JSON.stringify(this.#options.configuration ?? {}));
  }

  #command(): string[] {
    const flags = {
      'data-root': this.#sandbox.path('docker'),
      'exec-root': this.#sandbox.path('docker-exec'),
      pidfile: this.#sandbox.path('docker.pid'),
      host: `unix://${this.#socket}`,
      'storage-driver': 'vfs',
      iptables: 'false',
      ip6tables: 'false',
      bridge: 'none',
    };
    const daemon = ['dockerd', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
    const script = 'mount --bind "$0" /etc && exec "$@"';
    return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, this.etc, ...daemon];
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in time.
  }
}
