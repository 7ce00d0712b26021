import { decide } from '../../../src/retention/decide.ts';
import type { Image } from '../../../src/retention/image.ts';
import { DAY } from '../../../src/retention/measures.ts';
import { POLICY_PRESETS } from '../../../src/retention/presets.ts';
import { readPolicy } from '../../../src/retention/read-policy.ts';
import { Samples, type Row } from '../row.ts';
import { atMost } from '../verdict.ts';

const NOW = 1_000 * DAY;

/** The bound is what the issue of lifecycle policies asks for. */
const CPU_SECONDS = 2;

export const policyRow: Row = {
  name: 'policy',
  title: 'Deciding over a repository of 100,000 images, by each ready-made policy',
  async measure(bench) {
    const images = repositoryOf(bench.quick ? 1000 : 100_000);
    const samples = new Samples();
    for (const { name, kind, document } of POLICY_PRESETS) {
      const policy = readPolicy(kind, document).policyFor('team/app');
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        bench.progress(`${name}, ${repetition} of ${bench.repetitions}`);
        const before = process.cpuUsage();
        decide(images, policy, NOW);
        const { user, system } = process.cpuUsage(before);
        samples.add('havre', name, 'CPU s', (user + system) / 1e6);
      }
    }
    const figures = samples.figures();
    return Promise.resolve({
      figures,
      verdicts: POLICY_PRESETS.map(({ name }) => atMost(figures, name, CPU_SECONDS)),
    });
  },
};

/** Images of one and of two platforms, with signatures, builds of commits and what has lost its tag. */
function repositoryOf(count: number): Image[] {
  return Array.from({ length: count }, (_, index): Image => {
    const digest = digestAt(index);
    const base = { digest, size: (index % 97) * 2 ** 20, pushedAt: NOW - ((index * 7919) % (400 * DAY)) };
    switch (index % 6) {
      case 0:
        return { ...base, tags: [`v1.${index % 100}.${index}`], children: [digestAt(index + 1), digestAt(index + 2)] };
      case 1:
      case 2:
        return { ...base, tags: [] };
      case 3:
        return { ...base, tags: [`sha-${digest.slice(-8)}`, `main-${index}`], pulledAt: base.pushedAt + DAY };
      case 4:
        return { ...base, tags: [], subject: digestAt(index - 1) };
      default:
        return { ...base, tags: [`pr-${index}`], labels: { 'org.opencontainers.image.revision': digest } };
    }
  });
}

/** Spread as digests are, so that they come in no order. */
function digestAt(index: number): string {
  return `sha256:${new Bun.CryptoHasher('sha256').update(String(index)).digest('hex')}`;
}
