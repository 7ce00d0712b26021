import { Daemon } from './daemon.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { s3Program } from './s3-server.ts';

/** AWS as moto plays it, all of its services at one address. Nothing of it outlives the process. */
export class MotoServer implements AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly #folder: string;
  readonly #daemon: Daemon;

  private constructor(url: string, folder: string, daemon: Daemon) {
    this.url = url;
    this.#folder = folder;
    this.#daemon = daemon;
  }

  /** Whether it is installed: `.ci/tools` brings it. */
  static isThere(): boolean {
    return s3Program('moto_server') !== undefined;
  }

  /** @throws {Error} it is not installed, or does not start. */
  static async start(): Promise<MotoServer> {
    const path = s3Program('moto_server');
    if (path === undefined) throw new Error('moto_server is not installed');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const folder = temporaryFolder('moto');
    const daemon = new Daemon({
      name: 'moto_server',
      folder,
      command: [path, '-H', '127.0.0.1', '-p', String(port)],
      env: {},
      namespace: undefined,
      isReady: async () => {
        const reply = await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(2000) });
        await reply.arrayBuffer();
        if (reply.status !== 200) throw new Error(`it answers ${reply.status}`);
      },
    });
    await daemon.start();
    return new MotoServer(url, folder, daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    removeFolder(this.#folder);
  }
}
