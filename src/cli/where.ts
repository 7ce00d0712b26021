import type { Command } from 'commander';
import type { AdminConnection, Overrides } from './cli-host.ts';
import type { Invocation } from './invocation.ts';
import { isExposed, remoteAdmin } from './remote-admin.ts';
import { readText, remoteLogin, type RemoteOptions } from './remote-login.ts';

/** Which installation of this machine a command is about, as the command line says it. */
export interface LocalOptions {
  readonly data?: string;
  readonly config?: string;
}

export interface WhereOptions extends LocalOptions, RemoteOptions {
  readonly json?: true;
}

export function withLocalOptions(command: Command): Command {
  return command
    .option('--data <folder>', 'the data folder (default: as configured, else ./data)')
    .option('--config <file>', 'the configuration file (default: havre.yaml, if there is one)');
}

/** For commands that can also govern a server somewhere else. */
export function withWhereOptions(command: Command): Command {
  return withLocalOptions(command)
    .option('--server <url>', 'govern a server somewhere else, such as https://registry.example.org')
    .option('--login <name>', 'with --server: the administrator to log in as (default: admin)')
    .option('--login-password-stdin', 'with --server: read its password, or a token, from the first line of stdin')
    .option('--login-password-file <file>', 'with --server: read its password, or a token, from a file')
    .option('--ca <file>', 'with --server: believe the certificate authority in this PEM file too')
    .option('--json', 'for programs: JSON on stdout');
}

export function overridesOf({ data, config }: LocalOptions): Overrides {
  return { ...(data === undefined ? {} : { data }), ...(config === undefined ? {} : { config }) };
}

/** Does something with the admin API that the options name, and lets go of it whatever happens. */
export async function withAdmin<Result>(
  invocation: Invocation,
  options: WhereOptions,
  work: (connection: AdminConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(invocation, options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function connect(invocation: Invocation, options: WhereOptions): Promise<AdminConnection> {
  const isAboutThisMachine = options.data !== undefined || options.config !== undefined;
  const login = await remoteLogin(invocation, options, isAboutThisMachine);
  if (login === undefined) return invocation.host.localAdmin(overridesOf(options));
  if (isExposed(login.server)) {
    invocation.remark(`Warning: without https, anybody on the way to ${login.server} can read the password.`);
  }
  return remoteAdmin(options.ca === undefined ? login : { ...login, authorities: await readText(options.ca) });
}
