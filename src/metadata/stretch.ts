import type { Digest } from '../oci/digest.ts';

/**
 * Part of a table, in the order of its primary key. Whoever looks through a large table does it a stretch at a time, so
 * that requests are answered in between, whether or not there is anything to find.
 */
export interface Stretch<Key> {
  /** Begins behind this row; without it, at the first. */
  readonly after: Key | undefined;
  /** How many rows are looked at. */
  readonly rows: number;
}

/** What a stretch held. */
export interface Looked<Found, Key> {
  readonly found: readonly Found[];
  /** Where the next stretch begins; `undefined` at the end of the table. */
  readonly end: Key | undefined;
}

/** Bounds of all digests; any text may be a bound. */
export const BEFORE_ALL = '' as Digest;
export const AFTER_ALL = '~' as Digest;
