import { asProblem } from './account-problem.ts';
import type { AdminParts } from './parts.ts';
import { problemOf } from './problem.ts';
import type { ProblemDocument } from './problem-document.ts';
import { isSettledWithin } from './settled-within.ts';

const PROGRESS_MILLISECONDS = 1000;

/** How long work tells whoever asked for it. */
export interface Telling<Progress, Line> {
  /** How far it is: said every second or so, the newest only. */
  progress(progress: Progress): void;
  /** Something to be said in any case, in order. */
  line(line: Line): void;
}

export type WorkLine<Progress, Line, Report> =
  | Line
  | ({ event: 'progress'; elapsedSeconds: number } & Progress)
  | { event: 'done'; report: Report }
  | { event: 'failed'; problem: ProblemDocument };

export interface WorkContext extends Pick<AdminParts, 'now' | 'onFailure'> {
  /** Aborts when nobody listens any more; the work knows it, too. */
  readonly signal: AbortSignal;
}

/** Tells of work, line by line. Ends only when the work has: whoever stops reading waits for that. */
export function progressLines<Progress, Line, Report>(
  work: (tell: Telling<Progress, Line>) => Promise<Report>,
  context: WorkContext,
): AsyncGenerator<WorkLine<Progress, Line, Report>, void> {
  // TypeScript does not believe that no line is a promise.
  return linesOf(work, context) as AsyncGenerator<WorkLine<Progress, Line, Report>, void>;
}

async function* linesOf<Progress, Line, Report>(
  work: (tell: Telling<Progress, Line>) => Promise<Report>,
  { now, onFailure, signal }: WorkContext,
): AsyncGenerator<unknown, void> {
  const startedAt = now().getTime();
  const lines: Line[] = [];
  let progress: Progress | undefined;
  const tell: Telling<Progress, Line> = {
    progress: (latest) => {
      progress = latest;
    },
    line: (line) => void lines.push(line),
  };
  const outcome = work(tell).then(
    (report) => ({ event: 'done' as const, report }),
    (error: unknown) => {
      if (signal.aborted) return undefined;
      const problem = problemOf(asProblem(error));
      // 502 is the failure of something elsewhere: whoever asked is told, and can do something about it.
      if (problem.status >= 500 && problem.status !== 502) onFailure(error);
      return { event: 'failed' as const, problem };
    },
  );
  try {
    while (!(await isSettledWithin(PROGRESS_MILLISECONDS, outcome))) {
      yield* lines.splice(0);
      const elapsedSeconds = Math.max(0, (now().getTime() - startedAt) / 1000);
      if (progress !== undefined) yield { event: 'progress', elapsedSeconds, ...progress };
    }
    yield* lines.splice(0);
    const last = await outcome;
    if (last !== undefined) yield last;
  } finally {
    await outcome;
  }
}
