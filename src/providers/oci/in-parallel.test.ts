import { describe, expect, it } from 'bun:test';
import { inParallel } from './in-parallel.ts';

describe('work on many', () => {
  it('gives results in the order of the items, and does eight at a time', async () => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 50 }, (_, place) => place);
    const results = await inParallel(items, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return item * 2;
    });
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(8);
  });

  it('begins nothing more once something failed', async () => {
    const begun: number[] = [];
    const items = Array.from({ length: 50 }, (_, place) => place);
    const work = inParallel(items, async (item) => {
      begun.push(item);
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 3) throw new Error('enough');
    });
    expect(await work.catch((error: unknown) => error)).toEqual(new Error('enough'));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun.length).toBeLessThan(20);
  });
});
