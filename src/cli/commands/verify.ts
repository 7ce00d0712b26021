import { Command, Option } from 'commander';
import {
  verifyRegistry,
  type VerificationFinding,
  type VerificationLine,
  type VerificationReport,
} from '../../api/verification/contract.ts';
import { askLines } from '../admin-client.ts';
import { EXIT } from '../cli-error.ts';
import { examples } from '../examples.ts';
import { followLines } from '../follow-lines.ts';
import type { Invocation } from '../invocation.ts';
import { verificationInWords, findingInWords } from '../verification-report.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly quick?: true;
  readonly full?: true;
  readonly repair?: true;
  readonly quiet?: true;
}

export function verify(invocation: Invocation): Command {
  const command = new Command('verify')
    .description(
      'Compare facts with bytes, while serving: every fact has its bytes, all bytes have their fact, every tag its manifest, every manifest what it needs. What is wrong is told with what a repair would do. The exit code is 1 when something is wrong. Ctrl-C stops it.',
    )
    .summary('Compare facts with bytes, and repair what is wrong.')
    .addOption(new Option('--quick', 'do not read bytes: compare their sizes (the default)').conflicts('full'))
    .option('--full', 'read all bytes, and compare them with their digests')
    .option('--repair', 'do, at the end, what the findings say would be done')
    .option('-q, --quiet', 'say nothing but what is wrong')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [
    ['havre verify'],
    ['havre verify --full', 'reads everything'],
    ['havre verify --full --repair'],
  ]);
}

interface Found {
  readonly findings: VerificationFinding[];
  readonly repaired: VerificationFinding[];
}

async function run(invocation: Invocation, options: Options): Promise<void> {
  const found: Found = { findings: [], repaired: [] };
  const report = await withAdmin(invocation, options, (connection) => {
    const input = { full: options.full === true, repair: options.repair === true };
    const lines = askLines(connection, verifyRegistry, input, invocation.host.interruption());
    return follow(invocation, options, { lines, found });
  });
  if (options.json === true) invocation.show(options, { json: { ...report, found: found.findings }, text: '' });
  else if (options.quiet !== true || report.findings > 0) {
    invocation.show(options, { json: report, text: verificationInWords(report) });
  }
  if (report.remaining > 0) invocation.exitCode = EXIT.failure;
}

type SaidLine = Exclude<VerificationLine, { readonly event: 'done' | 'failed' }>;

interface Followed {
  readonly lines: ReturnType<typeof askLines<typeof verifyRegistry>>;
  readonly found: Found;
}

function follow(
  { host }: Invocation,
  { quiet, json }: Options,
  { lines, found }: Followed,
): Promise<VerificationReport> {
  return followLines<SaidLine, VerificationReport>(lines, {
    output: quiet === true ? undefined : host.stderr,
    inWords: (line) => (line.event === 'progress' ? progressInWords(line) : undefined),
    onLine: (line, progress) => {
      if (line.event === 'progress') return;
      (line.event === 'finding' ? found.findings : found.repaired).push(line.finding);
      if (json === true) return;
      progress.clear();
      host.stdout.write(`${findingInWords(line)}\n`);
    },
  });
}

const WORDS = { blobs: 'blobs', leftovers: 'stored files', references: 'facts', manifests: 'manifests' };

function progressInWords({ check, count }: { readonly check: keyof typeof WORDS; readonly count: number }): string {
  return `Looking at ${WORDS[check]}: ${count.toLocaleString('en')} …`;
}
