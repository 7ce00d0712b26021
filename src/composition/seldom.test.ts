import { expect, it } from 'bun:test';
import { seldom } from './seldom.ts';

/** Work that takes so many milliseconds each time, and counts how often it was done. */
function counting(milliseconds: number) {
  const clock = { now: 0 };
  let count = 0;
  const work = async (): Promise<number> => {
    clock.now += milliseconds;
    count += 1;
    return count;
  };
  return { clock, ask: seldom(work, () => clock.now) };
}

it('what takes long is asked again only when a hundred times as long has passed', async () => {
  const { clock, ask } = counting(1000);
  expect(await ask()).toBe(1);
  clock.now += 99_999;
  expect(await ask()).toBe(1);
  clock.now += 1;
  expect(await ask()).toBe(2);
});

it('what takes no time is always asked', async () => {
  const { ask } = counting(0);
  expect(await ask()).toBe(1);
  expect(await ask()).toBe(2);
});

it('those who ask together get one answer', async () => {
  const { ask } = counting(1000);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
});

it('a failure is not remembered', async () => {
  let isBroken = true;
  const ask = seldom(() => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve('well')));
  expect(ask()).rejects.toThrow('broken');
  isBroken = false;
  await Promise.resolve();
  await Promise.resolve();
  expect(await ask()).toBe('well');
});
