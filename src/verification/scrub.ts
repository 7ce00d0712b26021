import type { Logger } from '../telemetry/log.ts';
import type { Check, Finding, Look, VerificationParts } from './finding.ts';
import { counted, readScrubState, saveScrubState, type ScrubPass, type ScrubState } from './scrub-state.ts';
import { slowReading } from './slow-reading.ts';
import { checksOf } from './verification.ts';

export interface ScrubSettings {
  /** Between the beginnings of two passes; 0: there are none. */
  readonly intervalDays: number;
  readonly bytesPerSecond: number;
}

export interface ScrubParts extends VerificationParts {
  readonly log: Logger;
  readonly settings: ScrubSettings;
}

const DAY_MILLISECONDS = 86_400_000;

/**
 * Reads everything once in a while, slowly, and tells what is wrong. It changes nothing. How far it is, is in the
 * database: a restart goes on, on whatever node. Whoever runs it holds its lease.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  /** Of this process, since it started. */
  checkedBytes = 0;
  checkedBlobs = 0;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
  }

  /** For metrics: what is known to be wrong by the pass that ended last, and by the one under way. */
  async figures(): Promise<{ corrupt: number; missing: number; completedAt: Date | undefined }> {
    const { pass, last } = await readScrubState(this.#parts.db);
    return {
      corrupt: Math.max(pass?.corrupt ?? 0, last?.corrupt ?? 0),
      missing: Math.max(pass?.missing ?? 0, last?.missing ?? 0),
      completedAt: last === undefined ? undefined : new Date(last.completedAt),
    };
  }

  /** Goes on with the pass that was interrupted, or begins one when it is time. Resolves at its end. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, now, settings, log } = this.#parts;
    const state = await readScrubState(db);
    const isDue = state.last === undefined || this.#isOver(state.last.startedAt);
    if (settings.intervalDays === 0 || (state.pass === undefined && !isDue)) return;
    const begun: ScrubPass = state.pass ?? { startedAt: now().getTime(), check: 'blobs', corrupt: 0, missing: 0 };
    const { startedAt, corrupt, missing } = await this.#walk(begun, state, signal);
    const last = { startedAt, completedAt: now().getTime(), corrupt, missing };
    await saveScrubState(db, { last }, now());
    log.info({ corrupt, missing, startedAt: new Date(startedAt).toISOString() }, 'everything stored was read');
  }

  #isOver(startedAt: number): boolean {
    const { now, settings } = this.#parts;
    return now().getTime() >= startedAt + settings.intervalDays * DAY_MILLISECONDS;
  }

  async #walk(begun: ScrubPass, { last }: ScrubState, signal: AbortSignal): Promise<ScrubPass> {
    const { db, now, settings } = this.#parts;
    const pace = slowReading(settings.bytesPerSecond, signal);
    let pass = begun;
    const checks = checksOf(this.#parts);
    for (const check of checks.slice(checks.findIndex(({ name }) => name === begun.check))) {
      const after = check.name === begun.check ? begun.after : undefined;
      for await (const look of check.run({ after, full: true, signal, pace })) {
        pass = { ...pass, ...(await this.#take(check, look, pass)), check: check.name, after: look.bookmark };
        await saveScrubState(db, { pass, ...(last !== undefined && { last }) }, now());
      }
    }
    return pass;
  }

  async #take(check: Check, look: Look, pass: ScrubPass): Promise<{ corrupt: number; missing: number }> {
    this.checkedBytes += look.bytes;
    if (check.name === 'blobs') this.checkedBlobs += look.count;
    let counts = { corrupt: pass.corrupt, missing: pass.missing };
    for (const suspect of look.suspects) {
      const finding = await suspect();
      if (finding === undefined) continue;
      this.#tell(finding);
      counts = counted(counts, finding.kind);
    }
    return counts;
  }

  #tell({ kind, subject, problem, repair }: Finding): void {
    const found = { kind, subject, problem, ...(repair !== undefined && { repair: repair.plan }) };
    this.#parts.log.error(found, 'the scrub found something wrong: havre verify --full says more, and repairs');
  }
}
