import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { migrateRegistry, resumeServing, type MigrationReport } from '../../api/migration/contract.ts';
import type { MoveProgressLine } from '../../api/backup/contract.ts';
import { ask, askLines } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { locationOf } from '../location-argument.ts';
import { migrationInWords } from '../migration-report.ts';
import { MoveProgressWords } from '../move-progress.ts';
import { overridesOf, withLocalOptions, type LocalOptions } from '../where.ts';

interface Options extends LocalOptions {
  readonly toDatabase?: string;
  readonly toStorage?: string;
  readonly toData?: string;
  readonly resumeServing?: true;
  readonly dryRun?: true;
  readonly quiet?: true;
  readonly json?: true;
}

export function migrate(invocation: Invocation): Command {
  const command = new Command('migrate')
    .description(
      'Take a running registry on SQLite and a folder to PostgreSQL and S3. It serves while everything is copied, each blob compared with its digest; then it is read-only for seconds while the rest is copied and the facts are compared, and stays so until you start it from there with the settings that are printed. Ctrl-C before that opens it again, and the next run goes on.',
    )
    .summary('Take a running registry to PostgreSQL and S3.')
    .option('--to-database <url>', 'postgres://user:password@host:5432/name, empty; @FILE reads it from a file')
    .option('--to-storage <place>', 's3://bucket/prefix?endpoint=…, or a folder (default: bytes stay where they are)')
    .option('--to-data <folder>', 'instead of --to-database: an empty data folder with a SQLite of its own')
    .addOption(
      new Option('--resume-serving', 'after a migration: open the registry for writing again, and stay here').conflicts(
        ['toDatabase', 'toStorage', 'toData'],
      ),
    )
    .option('-d, --dry-run', 'look at both ends, and change nothing')
    .option('-q, --quiet', 'say nothing but errors')
    .option('--json', 'for programs: JSON on stdout')
    .action((options: Options) => run(invocation, options));
  return examples(withLocalOptions(command), [
    ['havre migrate --to-database @/run/secrets/database-url --to-storage s3://registry --dry-run'],
    ['havre migrate --to-database @/run/secrets/database-url --to-storage s3://registry'],
    ['havre migrate --to-database postgres://havre@db.lan/havre', 'only the facts'],
    ['havre migrate --resume-serving'],
  ]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const connection = await invocation.host.localAdmin(overridesOf(options));
  try {
    if (options.resumeServing === true) await resume(invocation, options, connection);
    else await move(invocation, options, connection);
  } finally {
    await connection.close();
  }
}

async function resume(invocation: Invocation, options: Options, connection: AdminConnection): Promise<void> {
  const { wasReadOnly } = await ask(connection, resumeServing, {});
  const text = wasReadOnly
    ? 'The registry takes pushes again. What the target has is behind from now on: run havre migrate again before using it.'
    : 'The registry was not read-only.';
  invocation.show(options, { json: { wasReadOnly }, text });
}

async function move(invocation: Invocation, options: Options, connection: AdminConnection): Promise<void> {
  const { host } = invocation;
  const { toDatabase, toStorage, toData } = options;
  const input = {
    dryRun: options.dryRun === true,
    ...(toDatabase !== undefined && { toDatabase: await readUrl(toDatabase) }),
    ...(toStorage !== undefined && { toStorage: locationOf(toStorage) }),
    ...(toData !== undefined && { toData: locationOf(toData) }),
  };
  const words = new MoveProgressWords();
  const lines = askLines(connection, migrateRegistry, input, host.interruption());
  const report = await followLines<MoveProgressLine, MigrationReport>(lines, {
    output: options.quiet === true ? undefined : host.stderr,
    inWords: (line) => words.of(line),
  });
  if (options.quiet !== true || options.json === true || report.lost.length > 0) {
    invocation.show(options, { json: report, text: migrationInWords(report) });
  }
  if (report.lost.length > 0) invocation.exitCode = EXIT.failure;
}

/** Whoever lists the processes of the machine sees its command lines. */
async function readUrl(text: string): Promise<string> {
  if (!text.startsWith('@')) return text;
  try {
    return (await readFile(text.slice(1), 'utf8')).trim();
  } catch (error) {
    throw new CliError(`${text.slice(1)} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
