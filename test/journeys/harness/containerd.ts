import { closeSync, openSync } from 'node:fs';
import { eventually } from '../../support/eventually.ts';
import { descendants, type Finished } from '../../support/process.ts';
import type { Sandbox } from './sandbox.ts';
import { ROOT } from './tools.ts';

/** What {@link Containerd} needs. */
export const CONTAINERD_TOOLS = ['containerd', 'ctr', 'runc', ROOT];

/** containerd as Kubernetes runs it, with its content and its socket below the sandbox. Needs root. */
export class Containerd implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  readonly #child: Bun.Subprocess;

  private constructor(sandbox: Sandbox, child: Bun.Subprocess) {
    this.#sandbox = sandbox;
    this.#child = child;
  }

  static async start(sandbox: Sandbox): Promise<Containerd> {
    const configuration = `version = 2
root = "${sandbox.path('containerd')}"
state = "${sandbox.path('containerd-state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${sandbox.path('containerd.sock')}"
`;
    const path = await sandbox.write('containerd.toml', configuration);
    const log = openSync(sandbox.path('containerd.log'), 'a');
    const child = Bun.spawn(['containerd', '--config', path], {
      env: { ...process.env, ...sandbox.env },
      stdin: 'ignore',
      stdout: log,
      stderr: log,
    });
    closeSync(log);
    const containerd = new Containerd(sandbox, child);
    await eventually('containerd answers', () => containerd.ctrOk('version'), 30);
    return containerd;
  }

  /** Runs `ctr` against this containerd; any status is an answer. */
  ctr(...args: readonly string[]): Promise<Finished> {
    return this.#sandbox.run(['ctr', '--address', this.#sandbox.path('containerd.sock'), ...args]);
  }

  /** Runs `ctr`, which must succeed. @returns its standard output. */
  ctrOk(...args: readonly string[]): Promise<string> {
    return this.#sandbox.ok(['ctr', '--address', this.#sandbox.path('containerd.sock'), ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const family = descendants(this.#child.pid);
    this.#child.kill('SIGTERM');
    await this.#child.exited;
    for (const pid of family) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with its parent.
      }
    }
  }
}
