import { describe, expect, it } from 'bun:test';
import { Turns } from './turns.ts';

const { signal } = new AbortController();

describe('turns', () => {
  it('are so many at once, and some are for people alone', async () => {
    const turns = new Turns({ places: 3, placesOfPeople: 1, longestQueue: 10 });
    await turns.take('background', signal);
    const second = await turns.take('background', signal);
    expect([turns.hasPlace('background'), turns.hasPlace('interactive')]).toEqual([false, true]);
    await turns.take('interactive', signal);
    expect(turns.hasPlace('interactive')).toBe(false);
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    expect([turns.hasPlace('background'), turns.hasPlace('interactive')]).toEqual([false, true]);
  });

  it('are given to people first, then in the order of coming', async () => {
    const turns = new Turns({ places: 1, placesOfPeople: 0, longestQueue: 10 });
    const order: string[] = [];
    const first = await turns.take('background', signal);
    const waiting = (['background', 'interactive', 'background', 'interactive'] as const).map(
      async (priority, index) => {
        using _turn = await turns.take(priority, signal);
        order.push(`${priority} ${index}`);
      },
    );
    first[Symbol.dispose]();
    await Promise.all(waiting);
    expect(order).toEqual(['interactive 1', 'interactive 3', 'background 0', 'background 2']);
  });

  it('are not waited for any longer when that is aborted', async () => {
    const turns = new Turns({ places: 1, placesOfPeople: 0, longestQueue: 1 });
    await turns.take('interactive', signal);
    const leaving = new AbortController();
    const waiting = turns.take('interactive', leaving.signal);
    expect(turns.isFull).toBe(true);
    leaving.abort(new Error('enough'));
    expect(await waiting.catch(String)).toBe('Error: enough');
    expect(turns.isFull).toBe(false);
    expect(await turns.take('interactive', leaving.signal).catch(String)).toBe('Error: enough');
  });
});
