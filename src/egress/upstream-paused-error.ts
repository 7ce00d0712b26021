/**
 * `asked`: the upstream wants to be left alone for a while. `budget`: what it lets us ask is spent. `reserve`: what is
 * left of that is for people. `failing`: it failed again and again just now. `busy`: too many wait for it already.
 */
export type PauseReason = 'asked' | 'budget' | 'reserve' | 'failing' | 'busy';

/** It was not called, because it would be no use now, or would do harm. */
export class UpstreamPausedError extends Error {
  readonly reason: PauseReason;
  /** Nothing is asked before. */
  readonly retryAt: Date;

  constructor(upstream: string, reason: PauseReason, retryAt: Date, options?: ErrorOptions) {
    super(`${upstream} is not asked now: ${TEXTS[reason]}. Again from ${retryAt.toISOString()}.`, options);
    this.name = new.target.name;
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

const TEXTS: Readonly<Record<PauseReason, string>> = {
  asked: 'it asked for a pause',
  budget: 'it lets us ask no more for a while',
  reserve: 'what it still lets us ask is kept for people',
  failing: 'it failed again and again',
  busy: 'too many wait for it already',
};
