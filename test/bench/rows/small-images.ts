import { generate } from '../load/generator.ts';
import type { PushImages } from '../load/push-images.ts';
import { Samples, type Row } from '../row.ts';
import { eachFresh } from '../running.ts';
import { targetOf } from '../servers/server.ts';
import { compare } from '../verdict.ts';

export const smallImages: Row = {
  name: 'small-images',
  title: '1,000 small images sharing 10 layers, 8 clients',
  async measure(bench) {
    const samples = new Samples();
    const images = bench.quick ? 40 : 1000;
    await eachFresh(bench, async (server) => {
      const task: PushImages = {
        target: targetOf(server),
        images,
        clients: 8,
        repositories: 100,
        layers: 10,
      };
      const { seconds } = (await generate('./push-images.ts', task)) as { seconds: number };
      samples.add(server.name, 'pushed', 'images/s', images / seconds);
    });
    const figures = samples.figures();
    return {
      figures,
      verdicts: [compare(figures, { quantity: 'pushed', to: 'best peer', bound: 'at least', ratio: 3 })],
    };
  },
};
