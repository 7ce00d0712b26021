import type { Figure, Verdict } from './row.ts';

/** Who is compared, in what, and how Havre's figure must stand to the other's. */
export interface Comparison {
  readonly quantity: string;
  /** A server's name, or `best peer`: the best of all but Havre and the bare Bun.serve. */
  readonly to: string;
  /** `at least`: more is better; `at most`: less is better. */
  readonly bound: 'at least' | 'at most';
  /** Havre's median divided by the other's. */
  readonly ratio: number;
}

/** Judges Havre by the medians. */
export function compare(figures: readonly Figure[], comparison: Comparison): Verdict {
  const { quantity, to, bound, ratio } = comparison;
  const target = `${quantity}: ${bound} ${ratio}× ${to}`;
  const ours = medianOf(figures, quantity, 'havre');
  const theirs = to === 'best peer' ? bestPeer(figures, comparison) : medianOf(figures, quantity, to);
  if (ours === undefined || theirs === undefined) return { target, value: 'not measured' };
  const value = ours / theirs;
  return { target, value: `${format(value)}×`, reached: bound === 'at least' ? value >= ratio : value <= ratio };
}

/** Judges a figure of Havre by a fixed bound. */
export function atMost(figures: readonly Figure[], quantity: string, bound: number): Verdict {
  const target = `${quantity}: at most ${bound}`;
  const ours = medianOf(figures, quantity, 'havre');
  return ours === undefined
    ? { target, value: 'not measured' }
    : { target, value: format(ours), reached: ours <= bound };
}

/** Four significant digits, without an exponent. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(4)));
}

export function medianOf(figures: readonly Figure[], quantity: string, server: string): number | undefined {
  return figures.find((figure) => figure.server === server && figure.quantity === quantity)?.median;
}

function bestPeer(figures: readonly Figure[], { quantity, bound }: Comparison): number | undefined {
  const peers = figures.filter((figure) => figure.quantity === quantity && !NOT_PEERS.has(figure.server));
  if (peers.length === 0) return undefined;
  const medians = peers.map((figure) => figure.median);
  return bound === 'at least' ? Math.max(...medians) : Math.min(...medians);
}

const NOT_PEERS = new Set(['havre', 'bare Bun.serve']);
