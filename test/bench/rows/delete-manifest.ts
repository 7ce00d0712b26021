import type { DeleteManifests } from '../load/delete-manifests.ts';
import { generate } from '../load/generator.ts';
import { pushContent } from '../push.ts';
import { Samples, type Row } from '../row.ts';
import { withAll } from '../running.ts';
import { targetOf, type Content } from '../servers/server.ts';
import { compare } from '../verdict.ts';

const DELETED = 'one manifest deleted';
const REPOSITORY = 'delete/many';

export const deleteManifest: Row = {
  name: 'delete-manifest',
  title: 'DELETE of one manifest in a repository of 100,000 tags',
  async measure(bench) {
    const count = bench.quick ? 1000 : 100_000;
    const tags = Array.from({ length: count }, (_, place) => `tag-${String(place).padStart(6, '0')}`);
    const content: Content = { repositories: [{ name: REPOSITORY, tags }] };
    const samples = new Samples();
    await withAll(bench, { content }, async (servers) => {
      for (const server of servers) {
        if (server.name !== 'havre') continue;
        bench.progress('filling havre by pushes');
        await pushContent(server, content);
      }
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        for (const server of servers) {
          bench.progress(`${server.name}, ${repetition} of ${bench.repetitions}`);
          const rounds = server.name === 'havre' ? 50 : 2;
          const task: DeleteManifests = { target: targetOf(server), repository: REPOSITORY, rounds };
          const { seconds } = (await generate('./delete-manifests.ts', task)) as { seconds: number };
          samples.add(server.name, DELETED, 'ms', seconds * 1000);
        }
      }
    });
    const figures = samples.figures();
    return {
      figures,
      verdicts: [compare(figures, { quantity: DELETED, to: 'docker-registry', bound: 'at most', ratio: 1 / 50 })],
    };
  },
};
