import { median } from './median.ts';
import type { Contender } from './servers/server.ts';

/** What the rows are measured with. */
export interface Bench {
  /** The contenders that can run here; Havre first. */
  readonly contenders: readonly Contender[];
  readonly repetitions: number;
  /** A smoke run: the same code over a hundredth of the data. Its figures mean nothing. */
  readonly quick: boolean;
  /** A temporary folder for the whole run. */
  readonly folder: string;
  /** Says on the terminal what is being measured. */
  progress(text: string): void;
}

/** One line of the table: a piece of work, done by every contender in turn. */
export interface Row {
  /** What `--row` takes. */
  readonly name: string;
  readonly title: string;
  /** Why it cannot be measured on this machine; `undefined` when it can. Absent: it needs nothing but the contenders. */
  missing?(): string | undefined;
  measure(bench: Bench): Promise<RowResult>;
}

export interface RowResult {
  readonly figures: readonly Figure[];
  readonly verdicts: readonly Verdict[];
}

/** One quantity of one server: all samples, in the order they were taken, and their median. */
export interface Figure {
  readonly server: string;
  readonly quantity: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly median: number;
}

export type Unit =
  | 'requests/CPU s'
  | 'requests/s'
  | 's'
  | 'CPU s'
  | 'cores'
  | 'MB'
  | 'images/CPU s'
  | 'images/s'
  | 'manifests/s'
  | 'requests'
  | 'connections'
  | 'ms';

/** A figure to reach. `reached` is absent when there was nothing to compare with. */
export interface Verdict {
  readonly target: string;
  readonly value: string;
  readonly reached?: boolean;
}

/** Samples as they come in, by server and quantity. */
export class Samples {
  readonly #figures = new Map<string, { server: string; quantity: string; unit: Unit; samples: number[] }>();

  add(server: string, quantity: string, unit: Unit, value: number): void {
    const key = `${server}\n${quantity}`;
    const figure = this.#figures.get(key) ?? { server, quantity, unit, samples: [] };
    figure.samples.push(value);
    this.#figures.set(key, figure);
  }

  figures(): Figure[] {
    return [...this.#figures.values()].map((figure) => ({ ...figure, median: median(figure.samples) }));
  }
}
