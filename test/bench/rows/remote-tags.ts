import type { Account } from '../../../src/providers/account.ts';
import { FakeRepository } from '../../fakes/fake-repository.ts';
import { startFakeGeneric } from '../../fakes/generic.ts';
import { openBenchConnections } from '../bench-connections.ts';
import { Samples, type Bench, type Row, type RowResult } from '../row.ts';
import { format, medianOf } from '../verdict.ts';

/** Of each answer of the registry. */
const LATENCY_SECONDS = 0.05;
/** In a page of the registry: what Docker Hub and many others give at most. */
const PAGE = 100;
const REPOSITORY = 'team/app';

/** How much longer it may take than the registry's own answers, one page after another. */
const SLOWER = 1.3;

const COLD = 'by somebody who has to log in first';
const WARM = 'once more';

export const remoteTags: Row = {
  name: 'remote-tags',
  title: 'Listing 10,000 tags of another registry, which takes 50 ms for each answer, in its pages of 100',
  async measure(bench) {
    const samples = new Samples();
    const count = bench.quick ? 1000 : 10_000;
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      bench.progress(`remote-tags, ${repetition} of ${bench.repetitions}`);
      await measureOnce(bench, samples, count);
    }
    return resultOf(samples, (count / PAGE) * LATENCY_SECONDS);
  },
};

async function measureOnce(bench: Bench, samples: Samples, count: number): Promise<void> {
  await using fake = startFakeGeneric();
  const repository = new FakeRepository(REPOSITORY);
  const digest = repository.push();
  for (let n = 0; n < count; n++) repository.tags.set(`v1.0.${n}`, digest);
  fake.repositories.set(REPOSITORY, repository);
  await using world = await openBenchConnections(bench);
  const account = await world.connections.account(await world.connect('remote', fake));
  fake.latencyMilliseconds = LATENCY_SECONDS * 1000;
  for (const quantity of [COLD, WARM]) {
    const began = performance.now();
    const found = await countTags(account);
    samples.add('havre', quantity, 's', (performance.now() - began) / 1000);
    if (found !== count) throw new Error(`${found} tags were listed of ${count}`);
  }
}

async function countTags(account: Account): Promise<number> {
  const { signal } = new AbortController();
  const names = new Set<string>();
  let after: string | undefined;
  do {
    const page = await account.tags(REPOSITORY, { limit: 1000, ...(after !== undefined && { after }) }, signal);
    for (const { name } of page.items) names.add(name);
    after = page.next;
  } while (after !== undefined);
  return names.size;
}

function resultOf(samples: Samples, bound: number): RowResult {
  const figures = samples.figures();
  const verdicts = [COLD, WARM].map((quantity) => {
    const ratio = (medianOf(figures, quantity, 'havre') ?? Number.NaN) / bound;
    const target = `${quantity}: at most ${SLOWER}× the ${format(bound)} s of the registry's answers`;
    return { target, value: `${format(ratio)}×`, reached: ratio <= SLOWER };
  });
  return { figures, verdicts };
}
