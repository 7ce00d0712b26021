import { describe, expect, it } from 'bun:test';
import { besideEachOther } from './beside-each-other.ts';

interface Item {
  readonly place: string;
  readonly name: string;
}

/** Things to be done, each of which ends when it is told to. */
class Works {
  waiting: readonly Item[];
  readonly told: string[] = [];
  readonly #stopping = new AbortController();
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();
  #look = Promise.withResolvers<void>();

  constructor(...waiting: readonly Item[]) {
    this.waiting = waiting;
  }

  run(): Promise<void> {
    return besideEachOther<string, Item>({
      find: async () => {
        const found = this.waiting;
        this.waiting = [];
        return found;
      },
      placeOf: ({ place }) => place,
      work: async ({ name }) => {
        this.told.push(`${name} begins`);
        await this.#endOf(name).promise;
        this.told.push(`${name} ends`);
      },
      pause: () => this.#look.promise,
      signal: this.#stopping.signal,
    });
  }

  async end(name: string, error?: Error): Promise<void> {
    if (error === undefined) this.#endOf(name).resolve();
    else this.#endOf(name).reject(error);
    await settled();
  }

  /** The pause is over. */
  async look(): Promise<void> {
    this.#look.resolve();
    this.#look = Promise.withResolvers();
    await settled();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'));
    await this.look();
  }

  #endOf(name: string): PromiseWithResolvers<void> {
    const end = this.#ends.get(name) ?? Promise.withResolvers<void>();
    this.#ends.set(name, end);
    return end;
  }
}

/** Everything that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const A1 = { place: 'a', name: 'a1' };
const A2 = { place: 'a', name: 'a2' };
const B1 = { place: 'b', name: 'b1' };

describe('work beside each other', () => {
  it('is one thing after another at each place, and at all places at once', async () => {
    const works = new Works(A1, B1, A2);
    const done = works.run();
    await settled();
    expect(works.told).toEqual(['a1 begins', 'b1 begins']);
    await works.end('a1');
    expect(works.told.slice(2)).toEqual(['a1 ends', 'a2 begins']);
    await works.end('a2');
    await works.end('b1');
    await done;
  });

  it('begins what came meanwhile, though another place is at work for long', async () => {
    const works = new Works(A1);
    const done = works.run();
    await settled();
    works.waiting = [B1, A2];
    await works.look();
    expect(works.told).toEqual(['a1 begins', 'b1 begins']);
    await works.end('b1');
    works.waiting = [B1];
    await works.look();
    expect(works.told.slice(2)).toEqual(['b1 ends', 'b1 begins', 'b1 ends']);
    await works.end('a1');
    await done;
  });

  it('ends when all have, and throws what one threw', async () => {
    const works = new Works(A1, B1);
    const outcome = works.run().catch((error: unknown) => error);
    await settled();
    const wrong = new Error('a1 is wrong');
    await works.end('a1', wrong);
    expect(works.told).toEqual(['a1 begins', 'b1 begins']);
    await works.end('b1');
    expect(await outcome).toBe(wrong);
    expect(works.told.at(-1)).toBe('b1 ends');
  });

  it('begins nothing more when it is to stop, and waits for what is at work', async () => {
    const works = new Works(A1, A2);
    const outcome = works.run().catch((error: unknown) => error);
    await settled();
    works.waiting = [B1];
    await works.stop();
    await works.end('a1');
    expect(await outcome).toMatchObject({ message: 'stopped' });
    expect(works.told).toEqual(['a1 begins', 'a1 ends']);
  });
});
