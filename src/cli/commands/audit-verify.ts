import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { verifyAudit, type ChainReport } from '../../api/audit/contract.ts';
import { verifyLines } from '../../audit/verify-lines.ts';
import { askLines } from '../admin-client.ts';
import { chainInWords, findingInWords } from '../audit-words.ts';
import { CliError, EXIT, UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

type ProgressLine = Extract<z.output<typeof verifyAudit.output>, { readonly event: 'progress' }>;

interface Head {
  readonly sequence: number;
  readonly hash: string;
}

interface Options extends WhereOptions {
  readonly file?: string;
  readonly selection?: true;
  readonly head?: Head;
}

export function auditVerify(invocation: Invocation): Command {
  const command = new Command('verify')
    .description(
      'Look whether each row of the audit is what was sealed, and none is missing. The exit code is 1 when something is wrong. Rows missing at the end show only with --head.',
    )
    .summary('Look whether the audit is what it was.')
    .option('--file <file>', 'look at an exported file instead; no server is asked')
    .option('--selection', 'with --file: it holds only some rows')
    .option('--head <sequence:hash>', 'compare with a head that was kept elsewhere', parseHead)
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [
    ['havre audit verify'],
    ['havre audit verify --file audit.jsonl'],
    ['havre audit verify --head 1234:5f2a…', 'was the end cut off since?'],
  ]);
}

function parseHead(text: string): Head {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence !== undefined && hash !== undefined) return { sequence: Number(sequence), hash };
  throw new InvalidArgumentError('It must be a number, a colon and a hash, as havre audit verify tells them.');
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  if (options.selection === true && options.file === undefined) throw new UsageError('--selection goes with --file.');
  const report =
    options.file === undefined ? await askServer(invocation, options) : await readFile(options.file, options);
  if (options.json !== true) {
    for (const finding of report.findings) invocation.host.stdout.write(`${findingInWords(finding)}\n`);
  }
  invocation.show(options, { json: report, text: chainInWords(report) });
  if (!report.isIntact) invocation.exitCode = EXIT.failure;
}

function askServer(invocation: Invocation, options: Options): Promise<ChainReport> {
  return withAdmin(invocation, options, (connection) => {
    const lines = askLines(connection, verifyAudit, { head: options.head }, invocation.host.interruption());
    return followLines<ProgressLine, ChainReport>(lines, {
      output: options.json === true ? undefined : invocation.host.stderr,
      inWords: ({ rows }: ProgressLine) => `Looking at the audit: ${rows.toLocaleString('en')} rows …`,
    });
  });
}

async function readFile(path: string, { head, selection }: Options): Promise<ChainReport> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    const report = await verifyLines(lines, { kept: head, isSelection: selection === true });
    return { ...report, isIntact: report.totalFindings === 0, findings: [...report.findings] };
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    lines.close();
  }
}
