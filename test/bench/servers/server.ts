import { eventually } from '../../support/eventually.ts';
import type { S3Server } from '../../support/s3-server.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface StartOptions {
  /** An existing folder of its own: configuration and data go below it, and the caller removes it. */
  readonly folder: string;
  /** When given, every request needs it (bcrypt, by an htpasswd file where the server takes one); else pulls are open. */
  readonly login?: Login;
  /** Where bytes are kept, instead of the folder: the same for all nodes of one registry. */
  readonly objects?: Objects;
  /** Where Havre keeps its facts, instead of the folder: likewise. */
  readonly databaseUrl?: string;
}

/** The objects of one registry in the bucket of a server of S3. */
export interface Objects {
  readonly server: S3Server;
  readonly prefix: string;
}

/** What a client knows of a server. */
export interface Target {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** `Authorization` for pushes, where the server takes none without. */
  readonly authorization?: string;
}

export interface RunningServer extends Target {
  readonly name: string;
  /** The process that serves: its CPU time and memory are what the bench reports. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Repositories and tags that a list is measured over. Every tag names one and the same small image. */
export interface Content {
  readonly repositories: readonly { readonly name: string; readonly tags: readonly string[] }[];
}

/** One of the programs that are compared. */
export interface Contender {
  readonly name: string;
  /** Why it cannot take part on this machine; `undefined` when it can. */
  missing(): string | undefined;
  /** What prints its version. */
  versionCommand(): readonly string[];
  start(options: StartOptions): Promise<RunningServer>;
  /**
   * Writes `content` below the folder of a server that is not running yet. Only peers have it: pushing 100,000 tags
   * to them takes hours, so their own layout is written for them. Havre is filled by requests.
   */
  fill?(folder: string, content: Content): Promise<void>;
}

/** Seconds a server may take to answer its first request: zot scans 10,000 repositories before it listens. */
const START_SECONDS = 120;

export interface SpawnedServer {
  readonly name: string;
  readonly command: readonly string[];
  /** Its working folder, where it finds nobody's configuration but its own. */
  readonly folder: string;
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

/**
 * Starts a program and waits until it answers on its port, whatever the status. Its output goes to `/dev/null`, for
 * every contender alike: they log as they are shipped, and a slow terminal must not count.
 */
export async function spawnServer(server: SpawnedServer): Promise<RunningServer> {
  const child = Bun.spawn([...server.command], {
    cwd: server.folder,
    env: cleanEnvironment(server.environment),
    stdin: 'ignore',
    stdout: Bun.file('/dev/null'),
    stderr: Bun.file('/dev/null'),
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
  };
  const url = `http://127.0.0.1:${server.port}`;
  const isUp = async (): Promise<void> => {
    if (child.exitCode === null) await (await fetch(`${url}/v2/`)).arrayBuffer();
  };
  try {
    await eventually(`${server.name} answers`, isUp, START_SECONDS);
  } catch (error) {
    await stop();
    throw error;
  }
  if (child.exitCode !== null) throw new Error(`${server.name} ended with ${child.exitCode} before it answered`);
  return {
    name: server.name,
    url,
    pid: child.pid,
    ...(server.authorization !== undefined && { authorization: server.authorization }),
    stop,
  };
}

/** The environment of the bench without the settings of registries and of S3 in it, and `added`. */
export function cleanEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HAVRE|REGISTRY|AWS)_/.test(name));
  return { ...Object.fromEntries(inherited), ...added };
}

/** The part of a server that a load generator, being another process, is told. */
export function targetOf({ url, authorization }: RunningServer): Target {
  return { url, ...(authorization !== undefined && { authorization }) };
}
