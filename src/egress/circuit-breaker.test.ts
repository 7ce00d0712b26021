import { describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

/** Pauses are three quarters of what they are at most, as there is no chance in the clock of tests. */
function breaker() {
  const clock = new EgressClock({ isPatient: true });
  const ours = new CircuitBreaker({ clock, failures: 3, firstPauseSeconds: 4, longestPauseSeconds: 12 });
  const fail = (times = 1): void => {
    for (let left = times; left > 0; left--) {
      ours.enter();
      ours.fail(new Error('down'));
    }
  };
  const secondsLeft = (): number => ((ours.closedUntil(false) ?? clock.now()) - clock.now()) / 1000;
  return { clock, breaker: ours, fail, secondsLeft };
}

describe('a circuit breaker', () => {
  it('opens after failures in a row, not after single ones', () => {
    const { breaker: ours, fail } = breaker();
    fail(2);
    ours.enter();
    ours.succeed();
    fail(2);
    expect(ours.state).toBe('closed');
    fail();
    expect([ours.state, String(ours.lastFailure)]).toEqual(['open', 'Error: down']);
  });

  it('lets one request through after its pause, and closes when that succeeds', () => {
    const { breaker: ours, fail, clock, secondsLeft } = breaker();
    fail(3);
    expect(secondsLeft()).toBe(3);
    clock.advance(3000);
    expect([ours.state, ours.closedUntil(false)]).toEqual(['half-open', undefined]);
    ours.enter();
    expect(ours.closedUntil(false)).toBeDefined();
    expect(ours.closedUntil(true)).toBeDefined();
    ours.succeed();
    expect([ours.state, ours.closedUntil(false)]).toEqual(['closed', undefined]);
  });

  it('pauses longer each time, up to a limit, and briefly again after a success', () => {
    const { breaker: ours, fail, clock, secondsLeft } = breaker();
    fail(3);
    const pauses = [3, 6, 9, 9].map((expected) => {
      const seconds = secondsLeft();
      clock.advance(expected * 1000);
      fail();
      return seconds;
    });
    expect(pauses).toEqual([3, 6, 9, 9]);
    clock.advance(9000);
    ours.enter();
    ours.succeed();
    fail(3);
    expect(secondsLeft()).toBe(3);
  });

  it('lets the next one try when the first came to nothing', () => {
    const { breaker: ours, fail, clock } = breaker();
    fail(3);
    clock.advance(3000);
    ours.enter();
    ours.letGo();
    expect(ours.closedUntil(false)).toBeUndefined();
  });

  it('lets somebody through who wants to know, one at a time', () => {
    const { breaker: ours, fail } = breaker();
    fail(3);
    expect(ours.closedUntil(false)).toBeDefined();
    expect(ours.closedUntil(true)).toBeUndefined();
    ours.enter();
    expect(ours.closedUntil(true)).toBeDefined();
  });

  it('does not pause longer by failures that were on their way when it opened', () => {
    const { breaker: ours, secondsLeft } = breaker();
    for (let left = 6; left > 0; left--) ours.enter();
    for (let left = 6; left > 0; left--) ours.fail();
    expect(secondsLeft()).toBe(3);
  });
});
