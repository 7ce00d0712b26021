import { BlobSource } from '../blob-source.ts';
import { samplePush } from '../load/push-run.ts';
import { Samples, type Row } from '../row.ts';
import { eachFresh } from '../running.ts';
import { atMost } from '../verdict.ts';

/** Megabytes (10⁶ bytes) that may be resident at the worst moment. */
const BOUND = 200;

export const thirtyTwoPushes: Row = {
  name: 'thirty-two-pushes',
  title: '32 pushes of 256 MiB at once: peak resident memory',
  async measure(bench) {
    const data = await BlobSource.make(bench.folder, bench.quick ? 8 << 20 : 256 << 20);
    const samples = new Samples();
    await eachFresh(bench, (server) => samplePush(server, { data, blobs: 32, flow: 'patch' }, samples));
    const figures = samples.figures();
    return { figures, verdicts: [atMost(figures, 'push: peak memory', BOUND)] };
  },
};
