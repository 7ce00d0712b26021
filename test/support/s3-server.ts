import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';

/** Servers that speak S3 and that `.ci/tools` brings. */
export const S3_PROGRAMS = ['versitygw', 'minio', 'moto_server'] as const;
export type S3Program = (typeof S3_PROGRAMS)[number];

export interface S3Options {
  /** Default: the first of {@link S3_PROGRAMS} that is there. */
  readonly program?: S3Program | undefined;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** The network namespace it runs in. */
  readonly namespace?: string;
}

const BUCKET = 'havre';
const ACCESS_KEY = 'havretests';
const SECRET_KEY = 'a-secret-key-for-tests';
export const S3_REGION = 'us-east-1';

const FOLDERS = [join(process.env['CI_TOOLS'] ?? join(homedir(), '.cache/havre-ci'), 'bin'), join(homedir(), 'go/bin')];

/** The path of a program; `undefined` where it is not installed. */
export function s3Program(program: S3Program): string | undefined {
  const PATH = [process.env['TEST_S3_PROGRAMS'] ?? '', ...FOLDERS, process.env['PATH'] ?? ''].join(':');
  return Bun.which(program, { PATH }) ?? undefined;
}

/** A server of S3 with one bucket, whose objects are gone when it is disposed of. */
export class S3Server implements AsyncDisposable {
  readonly program: S3Program;
  /** `http://address:port` */
  readonly endpoint: string;
  readonly bucket = BUCKET;
  /** What Havre and every other client is told by its environment. */
  readonly credentials = { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY } as const;
  readonly #folder: string;
  readonly #daemon: Daemon;

  private constructor(given: { program: S3Program; endpoint: string; folder: string; daemon: Daemon }) {
    this.program = given.program;
    this.endpoint = given.endpoint;
    this.#folder = given.folder;
    this.#daemon = given.daemon;
  }

  /** @throws {Error} it is not installed, or does not start. */
  static async start(options: S3Options = {}): Promise<S3Server> {
    const program = options.program ?? S3_PROGRAMS.find((name) => s3Program(name) !== undefined);
    const path = program && s3Program(program);
    if (program === undefined || path === undefined) throw new Error(`${program ?? 'no S3 server'} is not installed`);
    const address = options.address ?? '127.0.0.1';
    const port = options.port ?? (await freePort());
    const endpoint = `http://${address}:${port}`;
    const folder = temporaryFolder('s3');
    // A bucket of these servers is a folder. moto keeps them in memory, and is asked for one below.
    mkdirSync(join(folder, BUCKET));
    const daemon = new Daemon({
      name: program,
      folder,
      command: COMMANDS[program]({ path, folder, address, port }),
      env: { MINIO_ROOT_USER: ACCESS_KEY, MINIO_ROOT_PASSWORD: SECRET_KEY, MINIO_REGION: S3_REGION, ...QUIET },
      namespace: options.namespace,
      isReady: async () => {
        const health = HEALTH[program];
        const method = program === 'moto_server' ? 'PUT' : 'GET';
        const reply = await fetch(`${endpoint}${health}`, { method, signal: AbortSignal.timeout(2000) });
        await reply.arrayBuffer();
        if (reply.status >= 500) throw new Error(`${health} answers ${reply.status}`);
      },
    });
    const server = new S3Server({ program, endpoint, folder, daemon });
    await daemon.start();
    return server;
  }

  /** As `HAVRE_STORAGE` says it. @param prefix keeps installations apart in the one bucket. */
  storage(prefix: string): string {
    return `s3://${BUCKET}/${prefix}?endpoint=${encodeURIComponent(this.endpoint)}&region=${S3_REGION}`;
  }

  /** Its first process, whose descendants are the others. */
  get pid(): number {
    return this.#daemon.pid;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** After {@link kill}. */
  async restart(): Promise<void> {
    await this.#daemon.start();
  }

  logs(): string {
    return this.#daemon.logs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    removeFolder(this.#folder);
  }
}

interface Place {
  readonly path: string;
  readonly folder: string;
  readonly address: string;
  readonly port: number;
}

const COMMANDS: Readonly<Record<S3Program, (place: Place) => string[]>> = {
  versitygw: ({ path, folder, address, port }) => [
    path,
    `--port=${address}:${port}`,
    `--access=${ACCESS_KEY}`,
    `--secret=${SECRET_KEY}`,
    `--region=${S3_REGION}`,
    '--health=/health',
    '--quiet',
    'posix',
    folder,
  ],
  minio: ({ path, folder, address, port }) => [path, 'server', '--quiet', '--address', `${address}:${port}`, folder],
  moto_server: ({ path, address, port }) => [path, '-H', address, '-p', String(port)],
};

const HEALTH: Readonly<Record<S3Program, string>> = {
  versitygw: '/health',
  // Its health endpoints say that it is well before it is; the bucket is then still refused, with 503.
  minio: `/${BUCKET}?location`,
  moto_server: `/${BUCKET}`,
};

const QUIET = { MINIO_BROWSER: 'off', MINIO_UPDATE: 'off', MINIO_CI_CD: 'on' };
