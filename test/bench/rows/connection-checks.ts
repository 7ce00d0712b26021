import { startFakeCounted, type FakeCounted } from '../../fakes/counted.ts';
import { openBenchConnections, type BenchConnections } from '../bench-connections.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { atMost } from '../verdict.ts';

const REGISTRIES = 10;
/** Less than what trying the connections of one registry takes: without a budget, it would be exceeded in a second. */
const BUDGET = { limit: 60, windowSeconds: 10 };
const LATENCY_MILLISECONDS = 50;

/** All that are due are to be tried within a minute, of which 15 seconds may pass until somebody looks. */
const SECONDS = 45;

const TIME = 'all of them';
const REFUSED = 'requests refused for being too many';
const INVALID = 'connections not found to be valid';

export const connectionChecks: Row = {
  name: 'connection-checks',
  title: 'Trying 200 connections to 10 registries, each of which takes 60 requests in 10 seconds, on one node',
  async measure(bench) {
    const samples = new Samples();
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      bench.progress(`connection-checks, ${repetition} of ${bench.repetitions}`);
      await measureOnce(bench, samples);
    }
    const figures = samples.figures();
    return {
      figures,
      verdicts: [atMost(figures, TIME, SECONDS), never(figures, REFUSED), never(figures, INVALID)],
    };
  },
};

async function measureOnce(bench: Bench, samples: Samples): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const fakes = Array.from({ length: REGISTRIES }, () => stack.use(startFakeCounted(BUDGET)));
  const world = stack.use(await openBenchConnections(bench));
  const count = bench.quick ? REGISTRIES : 200;
  await connectAll(world, fakes, count);
  for (const fake of fakes) fake.latencyMilliseconds = LATENCY_MILLISECONDS;
  const began = performance.now();
  const checked = await world.checker.checkDue(new AbortController().signal);
  samples.add('havre', TIME, 's', (performance.now() - began) / 1000);
  if (checked !== count || world.failures.length > 0) throw new Error(`${checked} of ${count} were tried`);
  const sum = (of: (fake: FakeCounted) => number): number => fakes.reduce((total, fake) => total + of(fake), 0);
  samples.add(
    'havre',
    'requests',
    'requests',
    sum(({ requests }) => requests.length),
  );
  samples.add('havre', 'the most in a window', 'requests', Math.max(...fakes.map((fake) => fake.mostInWindow)));
  samples.add(
    'havre',
    REFUSED,
    'requests',
    sum((fake) => fake.refused),
  );
  samples.add('havre', INVALID, 'connections', count - (world.checker.counts.get('ok') ?? 0));
}

async function connectAll(world: BenchConnections, fakes: readonly FakeCounted[], count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const fake = fakes[n % fakes.length];
    if (fake !== undefined) await world.connect(`registry ${n}`, fake);
  }
}

/** Whatever the median is: once is too often. */
function never(figures: readonly Figure[], quantity: string): Verdict {
  const most = Math.max(...(figures.find((figure) => figure.quantity === quantity)?.samples ?? [Number.NaN]));
  return { target: `${quantity}: never`, value: String(most), reached: most === 0 };
}
