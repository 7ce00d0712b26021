import { mkdir, writeFile, chmod } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { AdminConnection } from '../cli-host.ts';
import { CliError, UsageError } from '../cli-error.ts';
import type { Invocation } from '../invocation.ts';
import { remoteAdmin } from '../remote-admin.ts';
import { readText, remoteLogin } from '../remote-login.ts';
import { withAdmin, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly project?: string;
  readonly saveLogin?: true;
}

/**
 * As `withAdmin`, and keeps, where that is asked for, how to log in at the server: for docker-credential-havre, which is
 * started by clients that know nothing of it. It is kept only once it worked.
 */
export async function withSavedLogin<Result>(
  invocation: Invocation,
  options: Options,
  work: (connection: AdminConnection) => Promise<Result>,
): Promise<Result> {
  if (options.saveLogin === undefined) return await withAdmin(invocation, options, work);
  const { loginFile } = invocation.host;
  const login = await remoteLogin(invocation, options, options.data !== undefined || options.config !== undefined);
  if (login === undefined || loginFile === undefined) {
    throw new UsageError(
      '--save-login keeps how to log in at a server somewhere else: name it with --server. On its own machine, docker-credential-havre takes HAVRE_DATA.',
    );
  }
  const authorities = options.ca === undefined ? undefined : await readText(options.ca);
  const result = await work(remoteAdmin({ ...login, ...(authorities !== undefined && { authorities }) }));
  await save(loginFile, {
    server: login.server,
    username: login.name,
    password: login.password,
    ...(options.ca !== undefined && { ca: resolve(options.ca) }),
    ...(options.project !== undefined && { project: options.project }),
  });
  invocation.remark(`${loginFile}: ${login.name} at ${login.server}, for docker-credential-havre.`);
  return result;
}

async function save(path: string, document: object): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    // Of a file that was there before.
    await chmod(path, 0o600);
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
