/** One value of a series, by its labels. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A number, or one per set of labels. */
export type Readings = number | readonly Reading[];

/** Reads a series when Prometheus asks for it, and never before. */
export type ReadSeries = () => Readings | Promise<Readings>;
