import { describe, expect, it } from 'bun:test';
import { RateLimitedError } from '../../oci/errors.ts';
import { VerificationQueue } from './verification-queue.ts';

describe('the verification queue', () => {
  it('runs no more at once than it may, in the order they came', async () => {
    const queue = new VerificationQueue({ concurrency: 2, capacity: 10 });
    const began: number[] = [];
    let running = 0;
    let most = 0;
    const task = (index: number) => async (): Promise<number> => {
      began.push(index);
      running++;
      most = Math.max(most, running);
      await Promise.resolve();
      running--;
      return index;
    };
    const results = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => queue.run(task(index))));
    expect(results).toEqual([0, 1, 2, 3, 4, 5]);
    expect(began).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it('turns away whom it has no place for, and has places again later', async () => {
    const queue = new VerificationQueue({ concurrency: 1, capacity: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = queue.run(() => promise);
    const waiting = queue.run(async () => 'waited');
    expect(queue.run(async () => 'late')).rejects.toBeInstanceOf(RateLimitedError);
    resolve();
    await running;
    expect(await waiting).toBe('waited');
    expect(await queue.run(async () => 'again')).toBe('again');
  });

  it('goes on after a failure', async () => {
    const queue = new VerificationQueue({ concurrency: 1, capacity: 1 });
    expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run(async () => 'next')).toBe('next');
  });
});
