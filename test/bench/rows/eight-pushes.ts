import { BlobSource } from '../blob-source.ts';
import { samplePush } from '../load/push-run.ts';
import { Samples, type Row } from '../row.ts';
import { eachFresh } from '../running.ts';
import { compare } from '../verdict.ts';

export const eightPushes: Row = {
  name: 'eight-pushes',
  title: '8 pushes of 256 MiB at once, durable',
  async measure(bench) {
    const data = await BlobSource.make(bench.folder, bench.quick ? 8 << 20 : 256 << 20);
    const samples = new Samples();
    await eachFresh(bench, (server) => samplePush(server, { data, blobs: 8, flow: 'patch' }, samples));
    const figures = samples.figures();
    return {
      figures,
      verdicts: [compare(figures, { quantity: 'push: wall', to: 'best peer', bound: 'at most', ratio: 1 })],
    };
  },
};
