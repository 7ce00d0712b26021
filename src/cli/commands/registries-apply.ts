import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { applyRegistry, kind as kindSchema } from '../../api/registries/contract.ts';
import { ask } from '../admin-client.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { parseRegistryFile, type WrittenRegistry } from '../registry-file.ts';
import { DEFAULT_PROJECT, withProjectOption } from '../registry-options.ts';
import { readText } from '../remote-login.ts';
import { table } from '../table.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly file: string;
  readonly project?: string;
  readonly dryRun?: true;
}

interface Outcome {
  readonly project: string;
  readonly name: string;
  readonly id: string | null;
  readonly result: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly changes: readonly string[];
  readonly problem: string | null;
}

export function registriesApply(invocation: Invocation): Command {
  const command = new Command('apply')
    .description(
      'Make registries be as a YAML file says, by their names: those that are not there are added, those that are otherwise are changed, none is removed. Doing it again changes nothing. Exit code 1: some were refused.',
    )
    .summary('Make registries be as a file says.')
    .requiredOption(
      '-f, --file <file>',
      'name, url, username, password (or passwordFile): one, several with --- between them, or a list; -: stdin',
    )
    .option('--dry-run', 'only say what would be done')
    .action((options: Options) => run(invocation, options));
  withProjectOption(command, `whose they are, where the file does not say (default: ${DEFAULT_PROJECT})`);
  return examples(withWhereOptions(command), [
    ['havre registries apply -f registries.yaml --dry-run'],
    ['havre registries apply -f registries.yaml --project pn-123456'],
  ]);
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const { file, dryRun } = options;
  const outcomes = await withAdmin(invocation, options, async (connection) => {
    const content = file === '-' ? await everyLine(invocation) : await readText(file);
    const written = parseRegistryFile(content, file === '-' ? 'stdin' : file);
    const done: Outcome[] = [];
    for (const registry of written) done.push(await apply(connection, registry, options));
    return done;
  });
  const rows = outcomes.map(({ name, project, id, result, changes, problem }) => [
    name,
    project,
    id ?? '',
    result,
    problem ?? (result === 'updated' ? changes.join(', ') : ''),
  ]);
  const text = table(['name', 'project', 'id', dryRun === true ? 'would be' : 'result', 'what'], rows);
  invocation.show(options, { json: outcomes, text });
  if (outcomes.some(({ result }) => result === 'refused')) invocation.exitCode = EXIT.failure;
}

async function apply(connection: AdminConnection, written: WrittenRegistry, options: Options): Promise<Outcome> {
  const { password, passwordFile, kind, ...said } = written;
  const project = written.project ?? options.project ?? DEFAULT_PROJECT;
  const named = { project, name: written.name };
  try {
    const secret = password ?? (await secretIn(passwordFile, options.file));
    const wanted = { ...said, project, secret, kind: kind === undefined ? undefined : kindOf(kind) };
    const { result, changes, registry } = await ask(connection, applyRegistry, {
      ...wanted,
      dryRun: options.dryRun === true,
    });
    // People know the secret as they wrote it.
    const fields = changes.map((field) => (field === 'secret' ? 'password' : field));
    return { ...named, id: registry?.id ?? null, result, changes: fields, problem: null };
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode === EXIT.unreachable) throw error;
    return { ...named, id: null, result: 'refused', changes: [], problem: error.message };
  }
}

/** Beside the file that names it. */
async function secretIn(path: string | undefined, file: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return (await readText(file === '-' ? path : resolve(dirname(file), path))).replace(/(?:\r?\n)+$/, '');
}

function kindOf(text: string): (typeof kindSchema.options)[number] {
  const found = kindSchema.options.find((kind) => kind === text);
  if (found !== undefined) return found;
  throw new CliError(`There is no kind ${JSON.stringify(text)}: it is one of ${kindSchema.options.join(', ')}.`);
}

async function everyLine({ reader }: Invocation): Promise<string> {
  const lines: string[] = [];
  for (let line = await reader.readLine(); line !== undefined; line = await reader.readLine()) lines.push(line);
  return lines.join('\n');
}
