import type { Database } from '../metadata/database.ts';
import type { Pacing } from './pace.ts';

/** What a collection does, in this order: what one lets go, the next ones find. */
export const PHASES = [
  'leftovers',
  'expired',
  'untagged',
  'orphans',
  'trash',
  'links',
  'blobs',
  'contents',
  'details',
  'pulls',
  'repositories',
  'uploads',
  'sweep',
] as const;

export type PhaseName = (typeof PHASES)[number];

/** What went. */
export interface Counts {
  /** Files that no fact named. */
  readonly leftovers: number;
  /** Images whose time was over; they are in the trash. */
  readonly expired: number;
  /** Manifests that nothing kept; they are in the trash. */
  readonly manifests: number;
  /** Entries of the trash whose time was over. */
  readonly purged: number;
  readonly links: number;
  readonly blobs: number;
  /** Of those blobs and of leftovers. */
  readonly bytes: number;
  readonly uploads: number;
}

export const NO_COUNTS: Counts = {
  leftovers: 0,
  expired: 0,
  manifests: 0,
  purged: 0,
  links: 0,
  blobs: 0,
  bytes: 0,
  uploads: 0,
};

export function added(counts: Counts, more: Partial<Counts>): Counts {
  const sum = { ...counts };
  for (const [name, value] of Object.entries(more) as [keyof Counts, number][]) sum[name] += value;
  return sum;
}

/** One stretch of a phase is done. */
export interface Step {
  readonly counts: Partial<Counts>;
  /** Where to go on after it, in the words of the phase: JSON. */
  readonly after: string | undefined;
  /** How much of the phase is done, from 0 to 1. */
  readonly share: number;
}

export interface PhaseContext {
  readonly db: Database;
  readonly pacing: Pick<Pacing, 'rows' | 'rest'>;
  /** What is younger than this stays. */
  readonly before: Date;
  readonly signal: AbortSignal;
}

/** Does its work a stretch at a time: whoever runs it rests in between, writes down how far it is, or ends it there. */
export type Phase = (context: PhaseContext, after: string | undefined) => AsyncGenerator<Step, void>;
