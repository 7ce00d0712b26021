import { chmodSync, chownSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { memoryFolder, removeFolder, temporaryFolder } from './folders.ts';
import { freePort } from './ports.ts';
import { run, runOk } from './process.ts';

export interface PostgresOptions {
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** The network namespace it runs in. */
  readonly namespace?: string;
  /** Whether commits survive the machine, and not only the server. Default `false`: quicker, for all but faults. */
  readonly isDurable?: boolean;
}

const USER = 'havre';
const PASSWORD = 'a-password-for-tests';
/** Debian keeps them out of the search path, one folder for each version. */
const DEBIAN = '/usr/lib/postgresql';

/** The folder of PostgreSQL's own programs; `undefined` where it is not installed. */
export function postgresFolder(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const debian = versions.map((version) => join(DEBIAN, version, 'bin'));
  const found = Bun.which('initdb');
  const folders = found === null ? debian : [...debian, join(found, '..')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** A PostgreSQL server with a data folder of its own, gone when it is disposed of. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string;
  readonly #daemon: Daemon;
  readonly #authority: string;

  private constructor(folder: string, daemon: Daemon, authority: string) {
    this.#folder = folder;
    this.#daemon = daemon;
    this.#authority = authority;
  }

  /** @throws {Error} it is not installed, or does not start. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const programs = postgresFolder();
    if (programs === undefined) throw new Error('PostgreSQL is not installed');
    const address = options.address ?? '127.0.0.1';
    const port = options.port ?? (await freePort());
    const authority = `${USER}:${PASSWORD}@${address}:${port}`;
    const folder = options.isDurable === true ? temporaryFolder('postgres') : memoryFolder('postgres');
    await makeDatabases(programs, folder);
    const daemon = new Daemon({
      name: 'PostgreSQL',
      folder,
      command: asOrdinaryUser(folder, [
        join(programs, 'postgres'),
        `-D${join(folder, 'data')}`,
        `-h${address}`,
        `-p${port}`,
        `-k${folder}`,
        ...settings(options.isDurable ?? false),
      ]),
      namespace: options.namespace,
      isReady: async () => void (await runOk(query(`postgres://${authority}/postgres`, 'select 1'))),
    });
    const server = new PostgresServer(folder, daemon, authority);
    await daemon.start();
    return server;
  }

  /** Of a database that is there. */
  url(database: string): string {
    return `postgres://${this.#authority}/${database}`;
  }

  /** @returns its URL. One that is there already is left as it is. */
  async createDatabase(name: string): Promise<string> {
    return await createDatabase(this.url('postgres'), name);
  }

  /** Runs statements. @returns what psql prints: a line for each row, without headings. */
  async query(database: string, statements: string): Promise<string> {
    return await runOk(query(this.url(database), statements));
  }

  /** Its first process, whose descendants are the others. */
  get pid(): number {
    return this.#daemon.pid;
  }

  /** SIGKILL of all its processes, as when the machine lost its power. */
  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  /** After {@link kill}, or {@link stop}. */
  async restart(): Promise<void> {
    await this.#daemon.start();
  }

  /** Ends at once and politely: connections are closed, transactions rolled back. */
  async stop(): Promise<void> {
    await this.#daemon.stop('SIGINT');
  }

  logs(): string {
    return this.#daemon.logs();
  }

  /** At once, for the end of a process. */
  discard(): void {
    this.#daemon.killNow();
    removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    removeFolder(this.#folder);
  }
}

/**
 * Makes a database on the server of another one. One that is there already is left as it is.
 *
 * @returns its URL.
 */
export async function createDatabase(url: string, name: string): Promise<string> {
  const { status, stderr } = await run(query(url, `create database "${name}"`));
  if (status !== 0 && !stderr.includes('already exists')) throw new Error(stderr);
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}

async function makeDatabases(programs: string, folder: string): Promise<void> {
  const password = join(folder, 'password');
  writeFileSync(password, PASSWORD);
  await giveToOrdinaryUser([folder, password]);
  const flags = ['--auth-local=trust', '--auth-host=scram-sha-256', `--username=${USER}`, `--pwfile=${password}`];
  const initdb = [join(programs, 'initdb'), '--pgdata', join(folder, 'data'), '--encoding=UTF8', '--locale=C'];
  await runOk(asOrdinaryUser(folder, [...initdb, '--no-sync', ...flags]), { folder });
  // The tests' other namespaces are other machines.
  const hosts = 'local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n';
  writeFileSync(join(folder, 'data/pg_hba.conf'), hosts);
}

function settings(isDurable: boolean): string[] {
  const durability = isDurable ? 'on' : 'off';
  const values = {
    fsync: durability,
    full_page_writes: durability,
    max_connections: '200',
    shared_buffers: '64MB',
    log_min_messages: 'warning',
    // Servers of tests lie in memory.
    max_wal_size: '96MB',
    min_wal_size: '32MB',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function query(url: string, statements: string): string[] {
  return [
    'psql',
    '--no-psqlrc',
    '--tuples-only',
    '--no-align',
    '--quiet',
    '-v',
    'ON_ERROR_STOP=1',
    '-c',
    statements,
    url,
  ];
}

/** PostgreSQL refuses to run as root. */
function asOrdinaryUser(folder: string, command: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [...command];
  const user = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--', ...command];
  if ((statSync('/dev/null').mode & 0o006) === 0o006) return user;
  // Containers exist whose /dev/null belongs to root alone, and initdb prints to it: it then gets one of its own.
  const own = `test -e "$0" || mknod -m 666 "$0" c 1 3; mount --bind "$0" /dev/null && exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', own, join(folder, 'null'), ...user];
}

async function giveToOrdinaryUser(paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const user = Number(await runOk(['id', '-u', 'nobody']));
  const group = Number((await runOk(['getent', 'group', 'nogroup'])).split(':')[2]);
  for (const path of paths) {
    chownSync(path, user, group);
    chmodSync(path, 0o700);
  }
}
