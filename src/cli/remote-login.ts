import { readFile } from 'node:fs/promises';
import type { RemoteLogin } from './cli-host.ts';
import { CliError, UsageError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';
import { parseServer } from './remote-admin.ts';

/** Which server somewhere else a command is about, and how to log in there, as the command line says it. */
export interface RemoteOptions {
  readonly server?: string;
  readonly login?: string;
  readonly loginPasswordStdin?: true;
  readonly loginPasswordFile?: string;
  readonly ca?: string;
}

/** The server and login that the options, or else the host, name; `undefined` for this machine. */
export async function remoteLogin(
  invocation: Invocation,
  options: RemoteOptions,
  isAboutThisMachine: boolean,
): Promise<RemoteLogin | undefined> {
  const { remote } = invocation.host;
  if (options.server !== undefined && isAboutThisMachine) {
    throw new UsageError('--server is somewhere else, --data and --config are here: say one of them.');
  }
  const configured = isAboutThisMachine ? undefined : remote?.server;
  const server = options.server === undefined ? configured : parseServer(options.server);
  if (server === undefined) {
    checkNoLogin(options);
    return undefined;
  }
  const known = remote?.server === server ? remote : undefined;
  const name = options.login ?? known?.name ?? 'admin';
  const password = (await givenPassword(invocation, options)) ?? (known?.name === name ? known.password : undefined);
  return { server, name, password: password ?? (await askPassword(invocation, `${name} at ${server}`)) };
}

function checkNoLogin({ login, loginPasswordStdin, loginPasswordFile, ca }: RemoteOptions): void {
  if ([login, loginPasswordStdin, loginPasswordFile, ca].every((option) => option === undefined)) return;
  throw new UsageError('--login, its password and --ca are for a server somewhere else: name it with --server.');
}

async function givenPassword(
  { reader }: Invocation,
  { loginPasswordStdin, loginPasswordFile }: RemoteOptions,
): Promise<string | undefined> {
  if (loginPasswordStdin === true && loginPasswordFile !== undefined) {
    throw new UsageError('--login-password-stdin and --login-password-file: say one of them.');
  }
  if (loginPasswordFile !== undefined) return (await readText(loginPasswordFile)).replace(/\r?\n$/, '');
  if (loginPasswordStdin === undefined || reader.isTerminal) return undefined;
  const line = await reader.readLine();
  if (line === undefined || line === '') throw new UsageError('--login-password-stdin: there is no password on stdin.');
  return line;
}

async function askPassword({ reader }: Invocation, whose: string): Promise<string> {
  if (reader.isTerminal) return reader.askHidden(`Password of ${whose}: `);
  throw new UsageError(`The password of ${whose} is missing: --login-password-stdin or --login-password-file.`);
}

/** @throws {CliError} */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
