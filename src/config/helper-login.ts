import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** How docker-credential-havre reaches a Havre. */
export type HelperLogin =
  | {
      /** Origin: `https://registry.example.org`. */
      readonly server: string;
      readonly username: string;
      readonly password: string;
      /** A PEM file of authorities to believe, besides the usual ones. */
      readonly ca: string | undefined;
      /** The project whose registries are meant, where several have one of the same host. */
      readonly project: string | undefined;
    }
  /** The data folder of a server on this machine, by its control socket. */
  | { readonly data: string; readonly project: string | undefined };

/** The file cannot be used. The message says why, and has nothing of what it holds. */
export class HelperLoginError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Where `havre docker-config --save-login` keeps it. */
export function helperLoginFile(env: Environment = process.env): string {
  const { HAVRE_LOGIN_FILE: named, XDG_CONFIG_HOME: config } = env;
  if (isSet(named)) return named;
  return join(isSet(config) ? config : join(env['HOME'] ?? homedir(), '.config'), 'havre/login.json');
}

/**
 * From the environment, else from its file; `undefined`: nobody said.
 *
 * The working folder is not looked at, unlike for `havre`: clients start the helper wherever they are, such as in a
 * checkout of somebody else's, and what lies there must not say where our password goes.
 *
 * @throws {HelperLoginError}
 */
export async function helperLogin(env: Environment = process.env): Promise<HelperLogin | undefined> {
  const {
    HAVRE_REMOTE_SERVER: server,
    HAVRE_REMOTE_USERNAME: username,
    HAVRE_REMOTE_PASSWORD: password,
    HAVRE_REMOTE_PROJECT: wanted,
    HAVRE_DATA: data,
  } = env;
  const project = isSet(wanted) ? wanted : undefined;
  if (isSet(server) && isSet(username) && isSet(password)) {
    return { server: originOf(server, 'HAVRE_REMOTE_SERVER'), username, password, ca: undefined, project };
  }
  const file = helperLoginFile(env);
  const text = await textOf(file);
  if (text !== undefined) {
    const kept = loginIn(text, file);
    return { ...kept, project: project ?? kept.project };
  }
  return isSet(data) ? { data, project } : undefined;
}

function loginIn(text: string, file: string): HelperLogin {
  const { server, username, password, ca, project, data } = parsed(text, file);
  if (server === undefined && data !== undefined) return { data, project };
  if (server === undefined || username === undefined || password === undefined) {
    throw new HelperLoginError(`${file} must have server, username and password, as texts.`);
  }
  return { server: originOf(server, file), username, password, ca, project };
}

function parsed(text: string, file: string): Readonly<Record<string, string>> {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null) throw new SyntaxError();
    return Object.fromEntries(
      Object.entries(document).filter(([, value]) => typeof value === 'string' && value !== ''),
    );
  } catch {
    throw new HelperLoginError(`${file} is not JSON.`);
  }
}

function originOf(server: string, place: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return url.origin;
  throw new HelperLoginError(`${place}: the server must be a URL such as https://registry.example.org.`);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw new HelperLoginError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
