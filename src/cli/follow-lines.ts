import { CliError, RefusedError } from './cli-error.ts';
import type { CliOutput } from './cli-host.ts';
import { ProgressLine } from './progress-line.ts';

interface Problem {
  readonly type: string;
  readonly detail: string;
}

/** What long work says of itself, whoever does it. */
export type WorkLine<Progress extends { readonly event: string }, Report> =
  | Progress
  | { readonly event: 'done'; readonly report: Report }
  | { readonly event: 'failed'; readonly problem: Problem };

export interface Following<Progress> {
  /** Where progress is shown; nowhere if absent. */
  readonly output: CliOutput | undefined;
  /** @returns what to show; `undefined` for a line that changes nothing. */
  readonly inWords: (line: Progress) => string | undefined;
  /** Something that stays on the screen. */
  readonly onLine?: (line: Progress, progress: ProgressLine) => void;
}

/** Shows how far it is until it ends. @throws {RefusedError} it failed. */
export async function followLines<Progress extends { readonly event: string }, Report>(
  lines: AsyncIterable<WorkLine<Progress, Report>>,
  { output, inWords, onLine }: Following<Progress>,
): Promise<Report> {
  const progress = new ProgressLine(output);
  try {
    for await (const line of lines) {
      if (isDone(line)) return line.report;
      if (isFailed(line)) throw new RefusedError(line.problem.type.split('/').at(-1) ?? '', line.problem.detail);
      onLine?.(line, progress);
      const text = inWords(line);
      if (text !== undefined) progress.show(text);
    }
  } finally {
    progress.clear();
  }
  throw new CliError('The server ended without a report. Its log says why.');
}

function isDone<Report>(line: { readonly event: string }): line is { readonly event: 'done'; readonly report: Report } {
  return line.event === 'done';
}

function isFailed(line: { readonly event: string }): line is { readonly event: 'failed'; readonly problem: Problem } {
  return line.event === 'failed';
}
