/** How far a backup, a restore or a migration has come. */
export interface MoveProgress {
  readonly phase: 'facts' | 'content' | 'checking' | 'finishing';
  readonly blobs: number;
  /** In bytes, of the blobs that are done; what was there already counts. */
  readonly bytes: number;
  readonly totalBlobs: number;
  readonly totalBytes: number;
  /** Rows looked at in this phase. */
  readonly rows: number;
}

export type OnProgress = (progress: MoveProgress) => void;

/** Counts, and tells at each step. */
export class ProgressCount {
  readonly #onProgress: OnProgress;
  #current: MoveProgress = { phase: 'facts', blobs: 0, bytes: 0, totalBlobs: 0, totalBytes: 0, rows: 0 };

  constructor(onProgress: OnProgress) {
    this.#onProgress = onProgress;
  }

  begin(phase: MoveProgress['phase'], total?: { readonly count: number; readonly bytes: number }): void {
    const totals = total === undefined ? {} : { totalBlobs: total.count, totalBytes: total.bytes, blobs: 0, bytes: 0 };
    this.#set({ phase, rows: 0, ...totals });
  }

  rows(rows: number): void {
    this.#set({ rows: this.#current.rows + rows });
  }

  bytes(bytes: number): void {
    this.#set({ bytes: this.#current.bytes + bytes });
  }

  blob(): void {
    this.#set({ blobs: this.#current.blobs + 1 });
  }

  #set(change: Partial<MoveProgress>): void {
    this.#current = { ...this.#current, ...change };
    this.#onProgress(this.#current);
  }
}
