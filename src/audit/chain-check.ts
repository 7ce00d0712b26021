import type { ChainLink } from '../metadata/audit-rows.ts';
import { GENESIS } from './audit-line.ts';
import { PRUNED } from './pruned-row.ts';

/** What is wrong at one place of the chain. */
export interface ChainFinding {
  readonly kind:
    /** The row does not say what it said when it was sealed. */
    | 'changed'
    /** Rows are missing before this one. */
    | 'gap'
    /** This row does not follow the one before it, though its number does. */
    | 'unlinked'
    /** The first rows are missing, and no pruning says that it removed them. */
    | 'beginning'
    /** Its time is far before that of an earlier row. */
    | 'time'
    /** The chain ends before the head that was kept elsewhere. */
    | 'truncated'
    /** The head that was kept elsewhere is not in this chain. */
    | 'other-head';
  readonly sequence: number;
  /** A sentence. */
  readonly problem: string;
}

/** A row of the chain, from the database or from a file. */
export interface ChainRow extends ChainLink {
  readonly previousHash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly action: string;
  readonly details: Readonly<Record<string, unknown>> | null;
  /** Whether the hash is that of what the row says. */
  readonly isGenuine: boolean;
}

export interface ChainReport {
  readonly rows: number;
  readonly first: ChainLink | null;
  readonly head: ChainLink | null;
  /** The first ones, at most {@link TOLD_FINDINGS}. */
  readonly findings: readonly ChainFinding[];
  readonly totalFindings: number;
}

export interface ChainCheckOptions {
  /** A head that was kept elsewhere. */
  readonly kept?: ChainLink | undefined;
  /** Some rows were left out on purpose: only each for itself, and neighbours, are looked at. */
  readonly isSelection?: boolean;
}

export const TOLD_FINDINGS = 100;

/** Clocks of several nodes differ, and a long transaction is recorded late: this is more than either. */
const STRANGE_MILLISECONDS = 15 * 60 * 1000;

/** Looks at the rows of a chain one after the other, and remembers little of them. */
export class ChainCheck {
  readonly #options: ChainCheckOptions;
  readonly #findings: ChainFinding[] = [];
  #total = 0;
  #rows = 0;
  #first: ChainRow | undefined;
  #last: ChainRow | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  #anchors: ChainLink[] = [];
  #keptHash: string | undefined;

  constructor(options: ChainCheckOptions = {}) {
    this.#options = options;
  }

  /** @param row the next one, in the order in which they stand there. */
  add(row: ChainRow): void {
    this.#rows += 1;
    if (!row.isGenuine) this.#find('changed', row, 'it is not what was sealed');
    if (this.#last !== undefined) this.#compare(this.#last, row);
    if (row.at < this.#latest - STRANGE_MILLISECONDS) {
      this.#find('time', row, `it is of ${timeText(row.at)}, after one of ${timeText(this.#latest)}`);
    }
    this.#first ??= row;
    this.#last = row;
    this.#latest = Math.max(this.#latest, row.at);
    if (row.sequence === this.#options.kept?.sequence) this.#keptHash = row.hash;
    this.addAnchor(row);
  }

  /** @param row one that may say what was pruned; those that are not sealed yet count too. */
  addAnchor({ action, details }: Pick<ChainRow, 'action' | 'details'>): void {
    const { sequence, hash } = details ?? {};
    if (action !== PRUNED || typeof sequence !== 'number' || typeof hash !== 'string') return;
    // Only the newest ones can be about the beginning.
    this.#anchors = [...this.#anchors.slice(-99), { sequence, hash }];
  }

  end(): ChainReport {
    if (this.#options.isSelection !== true) this.#checkBeginning();
    this.#checkKept();
    return {
      rows: this.#rows,
      first: linkOf(this.#first),
      head: linkOf(this.#last),
      findings: this.#findings.toSorted((a, b) => a.sequence - b.sequence),
      totalFindings: this.#total,
    };
  }

  #compare(last: ChainRow, row: ChainRow): void {
    if (row.sequence === last.sequence + 1) {
      if (row.previousHash !== last.hash) this.#find('unlinked', row, `it does not follow row ${last.sequence}`);
      return;
    }
    if (row.sequence <= last.sequence) this.#find('unlinked', row, `it stands behind row ${last.sequence}`);
    else if (this.#options.isSelection !== true) {
      const missing = row.sequence - last.sequence - 1;
      this.#find('gap', row, missing === 1 ? 'the row before it is missing' : `${missing} rows before it are missing`);
    }
  }

  #checkBeginning(): void {
    const first = this.#first;
    if (first === undefined) return;
    const before = { sequence: first.sequence - 1, hash: first.previousHash };
    const isAnchored = [GENESIS, ...this.#anchors].some((link) => isSame(link, before));
    if (!isAnchored)
      this.#find('beginning', first, 'rows before it are missing, and no pruning says that it removed them');
  }

  #checkKept(): void {
    const { kept } = this.#options;
    if (kept === undefined) return;
    const first = this.#first;
    const isJustBefore = first !== undefined && kept.sequence === first.sequence - 1;
    const hash = isJustBefore ? first.previousHash : this.#keptHash;
    if (hash === kept.hash) return;
    if (kept.sequence > (this.#last?.sequence ?? 0)) {
      this.#find('truncated', kept, `the chain ends before it, at row ${this.#last?.sequence ?? 0}`);
    } else if (hash !== undefined) this.#find('other-head', kept, 'its hash is not the one that was kept');
    else if (first !== undefined && kept.sequence < first.sequence) {
      this.#find('other-head', kept, 'it was pruned, and cannot be compared: keep a newer one');
    } else this.#find('other-head', kept, 'it is missing');
  }

  #find(kind: ChainFinding['kind'], { sequence }: Pick<ChainLink, 'sequence'>, problem: string): void {
    this.#total += 1;
    if (this.#findings.length < TOLD_FINDINGS) this.#findings.push({ kind, sequence, problem });
  }
}

function isSame(one: ChainLink, other: ChainLink): boolean {
  return one.sequence === other.sequence && one.hash === other.hash;
}

function linkOf(row: ChainRow | undefined): ChainLink | null {
  return row === undefined ? null : { sequence: row.sequence, hash: row.hash };
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
