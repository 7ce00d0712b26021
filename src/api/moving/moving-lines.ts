import { MovingError } from '../../moving/taking.ts';
import { Tally, type Finding } from '../../moving/tally.ts';
import { asProblem } from '../account-problem.ts';
import type { AdminParts } from '../parts.ts';
import { problemOf, ProblemError } from '../problem.ts';
import type { MovingLine } from './contract.ts';
import { isSettledWithin } from '../settled-within.ts';

const PROGRESS_MILLISECONDS = 500;

/** Findings that wait for a client that reads slowly; then the work waits, too. */
const MOST_WAITING = 1000;

interface Moving {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly work: (tally: Tally) => Promise<void>;
}

/** Does the work, and says how it goes. Ends only when the work has: whoever stops reading waits for that. */
export async function* movingLines(
  { dryRun, signal, work }: Moving,
  { now, onFailure }: Pick<AdminParts, 'now' | 'onFailure'>,
): AsyncGenerator<MovingLine, void> {
  const startedAt = now().getTime();
  const findings = new Findings(signal);
  const tally = new Tally((finding) => findings.add(finding));
  const outcome = work(tally).then(
    (): MovingLine => ({ event: 'done', report: { dryRun, ...tally.report() } }),
    (error: unknown): MovingLine | undefined => {
      if (signal.aborted) return undefined;
      const problem =
        error instanceof MovingError ? new ProblemError(409, 'MOVING_STOPPED', error.message) : asProblem(error);
      if (!(problem instanceof ProblemError)) onFailure(error);
      return { event: 'failed', problem: problemOf(problem) };
    },
  );
  try {
    yield progressOf(tally, 0);
    while (!(await isSettledWithin(PROGRESS_MILLISECONDS, outcome))) {
      for (const finding of findings.taken()) yield { event: 'finding', finding };
      yield progressOf(tally, (now().getTime() - startedAt) / 1000);
    }
    for (const finding of findings.taken()) yield { event: 'finding', finding };
    const line = await outcome;
    if (line !== undefined) yield line;
  } finally {
    findings.release();
    await outcome;
  }
}

function progressOf(tally: Tally, elapsedSeconds: number): MovingLine {
  const { imported, doneManifests, expectedManifests } = tally;
  return {
    event: 'progress',
    elapsedSeconds,
    moved: { ...imported },
    doneManifests,
    ...(expectedManifests === undefined ? {} : { expectedManifests }),
  };
}

/** What was found and not yet told. */
class Findings {
  #waiting: Finding[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #isReleased = false;

  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.release(), { once: true });
  }

  add(finding: Finding): Promise<void> | undefined {
    if (this.#isReleased) return undefined;
    this.#waiting.push(finding);
    if (this.#waiting.length < MOST_WAITING) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  taken(): readonly Finding[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#room?.resolve();
    this.#room = undefined;
    return taken;
  }

  /** Nobody reads any more. */
  release(): void {
    this.#isReleased = true;
    this.taken();
  }
}
