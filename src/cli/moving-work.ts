import { isAbsolute, resolve } from 'node:path';
import type { z } from 'zod';
import type {
  exportOciLayout,
  importOciLayout,
  importRegistryV2,
  MovingFinding,
  MovingReport,
} from '../api/moving/contract.ts';
import { askLines } from './admin-client.ts';
import { CliError, EXIT, RefusedError, UsageError } from './cli-error.ts';
import type { AdminConnection } from './cli-host.ts';
import type { Invocation } from './invocation.ts';
import { movingBar } from './moving-words.ts';
import { ProgressLine } from './progress-line.ts';
import { withAdmin, type WhereOptions } from './where.ts';

type MovingContract = typeof importRegistryV2 | typeof importOciLayout | typeof exportOciLayout;

export interface MovingWork<C extends MovingContract> {
  readonly contract: C;
  readonly input: z.input<C['input']>;
  readonly inWords: (report: MovingReport, findings: readonly MovingFinding[]) => string;
}

/** Has it done, shows how far it is, and says at the end what came and what is broken: then the exit code is 1. */
export async function runMoving<C extends MovingContract>(
  invocation: Invocation,
  options: WhereOptions,
  { contract, input, inWords }: MovingWork<C>,
): Promise<void> {
  const findings: MovingFinding[] = [];
  const report = await withAdmin(invocation, options, (connection) =>
    follow(invocation, connection, { contract, input }, findings),
  );
  invocation.show(options, { json: { ...report, findings }, text: inWords(report, findings) });
  if (report.broken > 0) invocation.exitCode = EXIT.failure;
}

async function follow<C extends MovingContract>(
  { host }: Invocation,
  connection: AdminConnection,
  { contract, input }: Pick<MovingWork<C>, 'contract' | 'input'>,
  findings: MovingFinding[],
): Promise<MovingReport> {
  const progress = new ProgressLine(host.stderr);
  try {
    for await (const line of askLines<MovingContract>(connection, contract, input, host.interruption())) {
      if (line.event === 'progress') progress.show(movingBar(line));
      else if (line.event === 'finding') findings.push(line.finding);
      else if (line.event === 'done') return line.report;
      else throw new RefusedError(line.problem.type.split('/').at(-1) ?? '', line.problem.detail);
    }
  } finally {
    progress.clear();
  }
  throw new CliError('The server ended without a report. Its log says why. Run it again: it goes on.');
}

/**
 * The path that the server is told. Here, it is seen from the current folder; a server somewhere else has its own.
 *
 * @throws {UsageError}
 */
export function pathForServer(text: string, { server }: WhereOptions): string {
  if (/^s3:\/\//i.test(text) || isAbsolute(text)) return text;
  if (server === undefined) return resolve(text);
  throw new UsageError(`${text}: with --server it must be an absolute path, on the machine of that server.`);
}
