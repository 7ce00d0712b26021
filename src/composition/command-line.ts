import type { RestoreLine } from '../api/backup/contract.ts';
import { AccountError } from '../auth/accounts/account-errors.ts';
import { BackupError } from '../backup/backup-error.ts';
import { CliError } from '../cli/cli-error.ts';
import type { AdminConnection, CliHost, Overrides, RemoteLogin, RestoreRequest } from '../cli/cli-host.ts';
import { ConfigError, loadConfig, type LoadedConfig } from '../config.ts';
import { helperLoginFile } from '../config/helper-login.ts';
import { loginSources } from '../config/login-sources.ts';
import { ListenError } from '../http/listener.ts';
import { KeyPairError } from '../http/tls/key-pair.ts';
import { DatabaseRefusedError } from '../metadata/postgres/postgres-errors.ts';
import { OciError } from '../oci/errors.ts';
import { FolderInUseError } from '../storage/filesystem/folder-lock.ts';
import { S3SetupError } from '../storage/s3/s3-failure.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { makeCertificates } from './certificates.ts';
import { diagnosis } from './diagnosis.ts';
import { DataFolderError } from './installation.ts';
import { connectLocalAdmin } from './local-admin.ts';
import { restoreLines } from './moves.ts';
import { serve } from './serve.ts';
import { VERSION } from './version.ts';

/** The real world, for the command line. */
export function commandLineHost(): CliHost {
  const { remote, project } = remoteSettings();
  return {
    version: VERSION,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    ...(remote !== undefined && { remote }),
    ...(project !== undefined && { project }),
    diagnosis,
    logins: loginSources(),
    loginFile: helperLoginFile(),
    now: () => new Date(),
    interruption,
    serve: serveOrSayWhyNot,
    localAdmin,
    restore: restoreHere,
    makeCertificates,
  };
}

/** What the configuration reads, said as `cli/` says it. @throws {CliError} all that is wrong with it. */
function configured(overrides: Overrides): LoadedConfig {
  try {
    return loadConfig({ overrides });
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.problems.join('\n'), { cause: error });
    throw error;
  }
}

/** A configuration that cannot be read has no login in it; whoever needs it says what is wrong. */
function remoteSettings(): { readonly remote?: RemoteLogin; readonly project?: string } {
  try {
    const { server, username, password, project } = loadConfig().config.remote;
    const named = project === undefined ? {} : { project };
    if (server === undefined || username === undefined || password === undefined) return named;
    return { ...named, remote: { server, name: username, password: password.reveal() } };
  } catch (error) {
    if (error instanceof ConfigError) return {};
    throw error;
  }
}

async function serveOrSayWhyNot(overrides: Overrides): Promise<number> {
  try {
    await serve(configured(overrides), () => configured(overrides));
    return 0;
  } catch (error) {
    if (error instanceof CliError || !isForPeople(error)) throw error;
    throw new CliError(error.message, { cause: error });
  }
}

const FOR_PEOPLE = [
  ListenError,
  FolderInUseError,
  DataFolderError,
  DatabaseRefusedError,
  S3SetupError,
  KeyPairError,
  AccountError,
  OciError,
  BackupError,
];

/** Conditions that whoever starts the server can mend: the message says it all. */
function isForPeople(error: unknown): error is Error {
  return FOR_PEOPLE.some((kind) => error instanceof kind);
}

/** A command says what it does by itself; only what goes wrong is worth a line of log. */
async function localAdmin(overrides: Overrides): Promise<AdminConnection> {
  const { config } = configured(overrides);
  return connectLocalAdmin(config, commandLog());
}

async function* restoreHere(
  overrides: Overrides,
  request: RestoreRequest,
  signal: AbortSignal,
): AsyncGenerator<RestoreLine, void> {
  yield* restoreLines(configured(overrides).config, request, { signal, log: commandLog() });
}

function commandLog(): Logger {
  return createLogger({
    level: 'error',
    pretty: true,
    sink: { write: (line) => void process.stderr.write(line), close: async () => undefined },
  });
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    process.once('SIGINT', () => process.exit(130));
    controller.abort();
  });
  return controller.signal;
}
