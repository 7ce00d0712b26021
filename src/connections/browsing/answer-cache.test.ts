import { describe, expect, it } from 'bun:test';
import { AnswerCache } from './answer-cache.ts';

describe('the cache of answers', () => {
  it('gives an answer to its owner alone', async () => {
    const cache = new AnswerCache({ now: () => 0 });
    const [one, another] = [{}, {}];
    const ask = (owner: object, answer: string): Promise<string> =>
      cache.get({ owner, question: ['tags', 'team/app'], isFresh: false }, async () => answer);
    expect(await ask(one, 'first')).toBe('first');
    expect(await ask(one, 'second')).toBe('first');
    expect(await ask(another, 'third')).toBe('third');
  });

  it('holds so many answers, and so many bytes, and gives up the oldest', async () => {
    const cache = new AnswerCache({ now: () => 0, maxEntries: 2, maxBytes: 1000 });
    const owner = {};
    let asked = 0;
    const ask = async (question: string, answer = 'short'): Promise<string> =>
      await cache.get({ owner, question, isFresh: false }, async () => {
        asked += 1;
        return answer;
      });
    for (const question of ['a', 'b', 'c', 'a']) await ask(question);
    expect(asked).toBe(4);
    await ask('long', 'x'.repeat(500));
    await ask('long', 'x'.repeat(500));
    expect(asked).toBe(6);
    await ask('a');
    expect(asked).toBe(6);
  });

  it('keeps no failure', async () => {
    const cache = new AnswerCache({ now: () => 0 });
    const wanted = { owner: {}, question: 'a', isFresh: false };
    const failing = cache.get(wanted, () => Promise.reject(new Error('no')));
    expect(failing).rejects.toThrow('no');
    await failing.catch(() => undefined);
    expect(await cache.get(wanted, async () => 'yes')).toBe('yes');
  });
});
