import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runOk, type Finished, type RunOptions } from '../../support/process.ts';
import { TOOL_PATH } from './tools.ts';

/** Proxies of the machine: nothing here leaves it, and some clients send even `localhost` through them. */
const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/**
 * A home of its own for one client: its credentials, its images and its settings are below one temporary folder, so
 * that a journey neither sees nor changes what the person at this machine has.
 */
export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;

  private constructor(folder: string, env: Sandbox['env']) {
    this.folder = folder;
    this.env = env;
  }

  static async open(): Promise<Sandbox> {
    const folder = await mkdtemp(join(tmpdir(), 'havre-journey-'));
    const env = {
      ...Object.fromEntries(PROXIES.map((name) => [name, undefined])),
      ...(await homeEnvironment(folder)),
      ...(await containersEnvironment(folder)),
      PATH: TOOL_PATH,
      LC_ALL: 'C.UTF-8',
    };
    return new Sandbox(folder, env);
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Writes a file and the folders above it. @returns its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = this.path(name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** Runs a command in the sandbox, with its folder as the working folder; any status is an answer. */
  run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(command, { folder: this.folder, ...options, env: { ...this.env, ...options.env } });
  }

  /** As {@link run}, for a command that must succeed. @returns its standard output. */
  ok(command: readonly string[], options: RunOptions = {}): Promise<string> {
    return runOk(command, { folder: this.folder, ...options, env: { ...this.env, ...options.env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function homeEnvironment(folder: string): Promise<Record<string, string>> {
  const places = {
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_CONFIG_HOME: join(folder, 'home/.config'),
    XDG_DATA_HOME: join(folder, 'home/.local/share'),
    XDG_CACHE_HOME: join(folder, 'home/.cache'),
    DOCKER_CONFIG: join(folder, 'home/.docker'),
    TMPDIR: join(folder, 'tmp'),
  };
  for (const place of Object.values(places)) await mkdir(place, { recursive: true, mode: 0o700 });
  return places;
}

/** Settings of podman, buildah and skopeo: images by plain copies, which works in a container and without FUSE. */
async function containersEnvironment(folder: string): Promise<Record<string, string>> {
  const storage = join(folder, 'storage.conf');
  const registries = join(folder, 'registries.conf');
  const engine = join(folder, 'containers.conf');
  const credentials = join(folder, 'home/auth.json');
  await writeFile(
    storage,
    `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/containers"\nrunroot = "${folder}/run/containers"\n`,
  );
  // podman refuses a file of credentials that is not there, even where it needs none.
  await writeFile(credentials, '{}\n', { mode: 0o600 });
  await writeFile(registries, 'unqualified-search-registries = []\n');
  // podman raises the limits of what it runs beyond what a container allows, unless it is told them.
  const limits = '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]\n';
  await writeFile(engine, `${limits}[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`);
  return {
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_REGISTRIES_CONF: registries,
    CONTAINERS_CONF: engine,
    REGISTRY_AUTH_FILE: credentials,
    BUILDAH_ISOLATION: 'chroot',
  };
}
