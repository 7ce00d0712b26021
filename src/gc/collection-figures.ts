import { added, NO_COUNTS, type Counts, type PhaseName } from './phase.ts';

/** Where a collection is. */
export interface CollectionProgress {
  readonly phase: PhaseName;
  /** From 0 to 1, of the phase. */
  readonly share: number;
}

/** What this process collected since it started, and what it is at: for metrics. */
export class CollectionFigures {
  #total: Counts = NO_COUNTS;
  /** Absent while no collection runs here. */
  current: CollectionProgress | undefined;

  get total(): Counts {
    return this.#total;
  }

  add(counts: Partial<Counts>): void {
    this.#total = added(this.#total, counts);
  }
}
