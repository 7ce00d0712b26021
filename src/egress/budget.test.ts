import { describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { Budget, type Spending } from './budget.ts';
import type { Priority } from './upstream-http.ts';

const SECOND = 1000;

function budget() {
  const clock = new EgressClock({ isPatient: true });
  const ours = new Budget(clock);
  const spend = (priority: Priority = 'interactive', cost = 1): Spending => {
    const spending = ours.spend(cost, priority);
    if (!('settle' in spending)) throw new Error(spending.reason);
    return spending;
  };
  return {
    clock,
    budget: ours,
    spend,
    /** What the upstream says, in an answer to a request that costs nothing. */
    hear: (headers: Record<string, string>, status = 200) =>
      spend('interactive', 0).settle({ status, headers: new Map(Object.entries(headers)) }),
    /** @returns seconds from now. */
    delay: (priority: Priority = 'interactive', cost = 1): [string, number] | undefined => {
      const spending = ours.spend(cost, priority);
      if (!('settle' in spending)) return [spending.reason, (spending.until - clock.now()) / SECOND];
      spending.settle(undefined);
      return undefined;
    },
    window: (limit: number, remaining: number, seconds = 100) => ({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(clock.now() / SECOND + seconds),
    }),
  };
}

describe('a budget', () => {
  it('lets everything through of which nobody says anything', () => {
    const { delay, budget: ours } = budget();
    expect(delay()).toBeUndefined();
    expect(ours.gauge).toEqual({
      limit: undefined,
      remaining: undefined,
      resetsAt: undefined,
      pausedUntil: undefined,
    });
  });

  it('is spent to the last by people, and then waits for the end of the window', () => {
    const { hear, delay, window, clock } = budget();
    hear(window(10, 1));
    expect(delay()).toBeUndefined();
    hear(window(10, 0));
    expect(delay()).toEqual(['budget', 100]);
    expect(delay('interactive', 0)).toBeUndefined();
    clock.advance(100 * SECOND);
    expect(delay()).toBeUndefined();
  });

  it('counts what is on its way', () => {
    const { hear, spend, delay, window } = budget();
    hear(window(10, 2));
    const first = spend();
    spend();
    expect(delay()).toEqual(['budget', 100]);
    first.settle({ status: 200, headers: new Map(Object.entries(window(10, 1))) });
    // The other one is not in that number yet.
    expect(delay()).toEqual(['budget', 100]);
  });

  it('is not believed to grow by an answer that was overtaken', () => {
    const { hear, spend, window, budget: ours } = budget();
    hear(window(10, 9));
    const first = spend();
    const second = spend();
    spend();
    second.settle({ status: 200, headers: new Map(Object.entries(window(10, 7))) });
    first.settle({ status: 200, headers: new Map(Object.entries(window(10, 8))) });
    expect(ours.gauge.remaining).toBe(7);
  });

  it('grows when a new window begins', () => {
    const { hear, spend, window, budget: ours, clock } = budget();
    hear(window(10, 1));
    spend();
    clock.advance(100 * SECOND);
    hear(window(10, 9));
    expect(ours.gauge.remaining).toBe(9);
  });

  it('keeps a part for people', () => {
    const { hear, delay, window } = budget();
    hear(window(100, 20));
    expect(delay('background')).toEqual(['reserve', 100]);
    expect(delay('interactive')).toBeUndefined();
  });

  it('slows down what goes on by itself, so that it lasts', () => {
    const { hear, spend, delay, window, clock } = budget();
    hear(window(100, 40));
    spend('background').settle(undefined);
    // 20 requests in 100 seconds, as 20 are for people.
    expect(delay('background')).toEqual(['reserve', 5]);
    expect(delay('interactive')).toBeUndefined();
    clock.advance(5 * SECOND);
    expect(delay('background')).toBeUndefined();
  });

  it('comes back little by little where the window slides', () => {
    const { hear, delay, clock, budget: ours } = budget();
    hear({ 'ratelimit-limit': '100;w=1000', 'ratelimit-remaining': '0;w=1000' });
    expect(delay()).toEqual(['budget', 10]);
    clock.advance(10 * SECOND);
    expect(delay()).toBeUndefined();
    expect(ours.gauge.remaining).toBe(1);
    clock.advance(15 * SECOND);
    expect(ours.gauge.remaining).toBe(2);
    clock.advance(5000 * SECOND);
    expect(ours.gauge.remaining).toBe(100);
  });

  it('is tried again in a minute where nobody says when it comes back', () => {
    const { hear, delay, clock } = budget();
    hear({ 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' });
    expect(delay()).toEqual(['budget', 60]);
    clock.advance(60 * SECOND);
    expect(delay()).toBeUndefined();
  });

  it('lets through what costs more than there ever is, when all is there', () => {
    const { hear, delay, window } = budget();
    hear(window(3, 3));
    expect(delay('interactive', 9)).toBeUndefined();
    hear(window(3, 2));
    expect(delay('interactive', 9)).toEqual(['budget', 100]);
  });

  it('asks nothing at all while a pause is asked for', () => {
    const { hear, delay, clock, budget: ours } = budget();
    hear({ 'retry-after': '30' }, 429);
    expect(delay('interactive', 0)).toEqual(['asked', 30]);
    expect(ours.gauge.pausedUntil).toEqual(new Date(clock.now() + 30 * SECOND));
    clock.advance(30 * SECOND);
    expect(delay()).toBeUndefined();
  });
});
