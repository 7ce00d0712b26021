import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import type { SharedPauses } from './shared-pauses.ts';
import { UpstreamPausedError } from './upstream-paused-error.ts';
import { Upstreams } from './upstreams.ts';

const { signal } = new AbortController();
let clock: EgressClock;
let upstream: Bun.Server<undefined>;
let url: string;
let isPausing: boolean;
let asked: number;

beforeEach(() => {
  clock = new EgressClock();
  isPausing = true;
  asked = 0;
  upstream = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => {
      asked += 1;
      return isPausing ? new Response('', { status: 429, headers: { 'Retry-After': '600' } }) : new Response('here');
    },
  });
  url = `http://127.0.0.1:${upstream.port}/`;
});

afterEach(async () => await upstream.stop(true));

/** What nodes tell each other, and how often they asked. */
class Told implements SharedPauses {
  readonly pauses = new Map<string, number>();
  reads = 0;

  async find(name: string): Promise<number | undefined> {
    this.reads += 1;
    return await Promise.resolve(this.pauses.get(name));
  }

  async tell(name: string, until: number): Promise<void> {
    await Promise.resolve(this.pauses.set(name, until));
  }
}

/** One node asks, as an account. */
function node(pauses?: SharedPauses) {
  const upstreams = new Upstreams({
    allow: ['127.0.0.0/8'],
    userAgent: 'havre/test',
    clock,
    ...(pauses !== undefined && { pauses }),
  });
  return async (account = 'octo'): Promise<number | 'paused'> => {
    const http = upstreams.open({ purpose: 'registries', account });
    try {
      return (await http.send({ method: 'GET', url, signal, attempts: 1 })).status;
    } catch (error) {
      if (error instanceof UpstreamPausedError) return 'paused';
      throw error;
    }
  };
}

describe('a pause that an upstream asks one node for', () => {
  it('is kept by the others, for that account alone, until it is over', async () => {
    const told = new Told();
    const [one, other] = [node(told), node(told)];
    expect(await one()).toBe(429);
    isPausing = false;
    expect([await other(), await other('somebody else')]).toEqual(['paused', 200]);
    expect(asked).toBe(2);
    clock.advance(600_000);
    expect(await other()).toBe(200);
  });

  it('is told where there is one, and only then', async () => {
    const told = new Told();
    isPausing = false;
    await node(told)();
    expect(told.pauses.size).toBe(0);
    isPausing = true;
    await node(told)();
    expect([...told.pauses]).toEqual([[`127.0.0.1:${upstream.port} (octo)`, clock.now() + 600_000]]);
  });

  it('is looked for once a second, when something is asked', async () => {
    const told = new Told();
    isPausing = false;
    const ask = node(told);
    for (let left = 10; left > 0; left -= 1) await ask();
    expect(told.reads).toBe(1);
    clock.advance(1000);
    told.pauses.set(`127.0.0.1:${upstream.port} (octo)`, clock.now() + 60_000);
    expect(await ask()).toBe('paused');
  });

  it('is no reason not to ask, where nobody can tell of it', async () => {
    const lost = async (): Promise<never> => await Promise.reject(new Error('the database is lost'));
    const ask = node({ find: lost, tell: lost });
    expect([await ask(), await ask()]).toEqual([429, 'paused']);
  });

  it('stays with a node that has no others', async () => {
    const [one, other] = [node(), node()];
    expect([await one(), await other()]).toEqual([429, 429]);
  });
});
