import { describe, expect, it } from 'bun:test';
import { KeptTokens } from './kept-tokens.ts';

function kept() {
  const clock = { now: 0 };
  return { clock, tokens: new KeptTokens<{ readonly endsAt: number }>(() => clock.now) };
}

describe('the tokens of a login', () => {
  it('are dropped once they have ended, when there is a new one', () => {
    const { clock, tokens } = kept();
    tokens.set('a', { endsAt: 100 });
    tokens.set('b', { endsAt: 300 });
    clock.now = 200;
    tokens.set('c', { endsAt: 400 });
    expect(tokens.all).toEqual([{ endsAt: 300 }, { endsAt: 400 }]);
  });

  it('are no more than some hundreds: the longest unused one makes room', () => {
    const { tokens } = kept();
    for (let number = 0; number < 200; number += 1) tokens.set(`scope ${number}`, { endsAt: 1000 + number });
    expect(tokens.get('scope 0')).toEqual({ endsAt: 1000 });
    tokens.set('one more', { endsAt: 5000 });
    expect(tokens.all).toHaveLength(200);
    expect([tokens.get('scope 0'), tokens.get('scope 1')]).toEqual([{ endsAt: 1000 }, undefined]);
  });

  it('are not dropped in the place of the one that followed them', () => {
    const { tokens } = kept();
    const [first, second] = [{ endsAt: 100 }, { endsAt: 200 }];
    tokens.set('a', first);
    tokens.set('a', second);
    tokens.drop('a', first);
    expect(tokens.get('a')).toBe(second);
    tokens.drop('a', second);
    expect(tokens.get('a')).toBeUndefined();
  });
});
