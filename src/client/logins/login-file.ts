import { readFile } from 'node:fs/promises';
import type { RepositoryName } from '../../oci/repository-name.ts';
import { Login } from '../authorization/login.ts';
import { ClientError } from '../client-error.ts';
import { DOCKER_HUB } from '../registry-address.ts';
import { askLoginProgram } from './login-program.ts';

/** A file of logins that cannot be used. */
export class LoginFileError extends ClientError {
  override readonly code = 'LOGIN_FILE';
}

/** Where logins are. */
export interface LoginSources {
  /** Files of docker and podman; the first that has a login counts. They need not be there. */
  readonly files: readonly string[];
  /** Where the programs are that such a file may name, as in `PATH`. */
  readonly searchPath?: string;
}

/** What `docker login` and `podman login` write. */
interface LoginFile {
  readonly auths?: Readonly<Record<string, FileEntry | null>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

interface FileEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** What Docker calls Docker Hub in its file, and to its programs. */
const HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Looks for a login in the files of docker and podman; `undefined` when there is none.
 *
 * @param registry its name, such as `docker.io` or `localhost:5000`.
 * @throws {LoginFileError} a file that is there cannot be read, or a program that it names fails.
 */
export async function findLogin(
  { files, searchPath }: LoginSources,
  registry: string,
  repository: RepositoryName,
): Promise<Login | undefined> {
  for (const path of files) {
    const file = await readLoginFile(path);
    const login = file === undefined ? undefined : await loginIn(file, { registry, repository, searchPath });
    if (login !== undefined) return login;
  }
  return undefined;
}

interface Wanted {
  readonly registry: string;
  readonly repository: RepositoryName;
  readonly searchPath: string | undefined;
}

async function loginIn(file: LoginFile, { registry, repository, searchPath }: Wanted): Promise<Login | undefined> {
  const program = entryOf(file.credHelpers, [registry]);
  const server = registry === DOCKER_HUB ? HUB_KEY : registry;
  if (program !== undefined) return await askLoginProgram(program, server, searchPath);
  const entry = entryOf(file.auths, keysFor(registry, repository));
  const login = entry === undefined || entry === null ? undefined : loginOf(entry);
  if (login !== undefined || file.credsStore === undefined) return login;
  return await askLoginProgram(file.credsStore, server, searchPath);
}

/** podman may keep a login for a part of a registry: the longest name counts. */
function keysFor(registry: string, repository: RepositoryName): readonly string[] {
  const parts = repository.split('/');
  return parts.map((_, count) => [registry, ...parts.slice(0, parts.length - count)].join('/')).concat(registry);
}

/** The value of the first of these keys, however Docker wrote it: `https://host/v1/`, `host`. */
function entryOf<Value>(
  entries: Readonly<Record<string, Value>> | undefined,
  keys: readonly string[],
): Value | undefined {
  const byKey = new Map(Object.entries(entries ?? {}).map(([key, value]) => [plainKey(key), value]));
  const found = keys.find((key) => byKey.has(key));
  return found === undefined ? undefined : byKey.get(found);
}

function plainKey(key: string): string {
  const plain = key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  return /^(?:index\.docker\.io|registry-1\.docker\.io)(?=\/|$)/.test(plain)
    ? plain.replace(/^[^/]*/, DOCKER_HUB)
    : plain.toLowerCase();
}

function loginOf({ auth, username, password, identitytoken }: FileEntry): Login | undefined {
  if (identitytoken !== undefined && identitytoken !== '') return Login.identityToken(identitytoken);
  if (auth !== undefined && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = text.indexOf(':');
    if (colon > 0) return Login.password(text.slice(0, colon), text.slice(colon + 1));
  }
  return username === undefined || password === undefined ? undefined : Login.password(username, password);
}

async function readLoginFile(path: string): Promise<LoginFile | undefined> {
  try {
    const document: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof document === 'object' && document !== null ? (document as LoginFile) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) throw new LoginFileError(`${path} is not JSON.`);
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    throw new LoginFileError(`${path} cannot be read: ${message}.`);
  }
}
