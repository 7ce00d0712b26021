import { Login } from '../authorization/login.ts';
import { ClientError } from '../client-error.ts';

/** A program that keeps logins does not do its work. */
export class LoginProgramError extends ClientError {
  override readonly code = 'LOGIN_PROGRAM';
}

/** Enough to unlock a keyring. */
const TIMEOUT_MILLISECONDS = 60_000;
/** The user name with which these programs say that the secret is an identity token. */
const IDENTITY_TOKEN = '<token>';

/**
 * Asks `docker-credential-<name> get`, as docker does; `undefined`: it knows none for this server. What it prints is
 * never shown.
 *
 * @param searchPath where programs are, as in `PATH`. Default: that of this process.
 * @throws {LoginProgramError}
 */
export async function askLoginProgram(name: string, server: string, searchPath?: string): Promise<Login | undefined> {
  const command = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name))
    throw new LoginProgramError(`The credential helper ${JSON.stringify(name)} has no usable name.`);
  const path = Bun.which(command, searchPath === undefined ? {} : { PATH: searchPath });
  if (path === null) throw new LoginProgramError(`${command}, which keeps the login for ${server}, is not installed.`);
  const child = Bun.spawn([path, 'get'], {
    stdin: new Blob([server]),
    stdout: 'pipe',
    stderr: 'ignore',
    timeout: TIMEOUT_MILLISECONDS,
  });
  const printed = await child.stdout.text();
  if ((await child.exited) !== 0) {
    if (/not found|no credentials|no username/i.test(printed)) return undefined;
    throw new LoginProgramError(`${command} failed to give the login for ${server}.`);
  }
  return loginIn(printed, command);
}

function loginIn(printed: string, command: string): Login | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(printed) as { Username?: unknown; Secret?: unknown };
    if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') return undefined;
    return username === IDENTITY_TOKEN ? Login.identityToken(secret) : Login.password(username, secret);
  } catch {
    throw new LoginProgramError(`${command} answers with what is not JSON.`);
  }
}
