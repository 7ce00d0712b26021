import { BlobSource } from '../blob-source.ts';
import { samplePush } from '../load/push-run.ts';
import { Samples, type Row } from '../row.ts';
import { eachFresh } from '../running.ts';
import { compare } from '../verdict.ts';

export const pushBlob: Row = {
  name: 'push-blob',
  title: 'Push a 1 GiB incompressible blob, durable',
  async measure(bench) {
    const data = await BlobSource.make(bench.folder, bench.quick ? 8 << 20 : 1 << 30);
    const samples = new Samples();
    for (const flow of ['patch', 'put'] as const) {
      await eachFresh(bench, (server) =>
        samplePush(server, { data, blobs: 1, flow }, samples, `push by ${flow.toUpperCase()}`),
      );
    }
    const figures = samples.figures();
    return {
      figures,
      verdicts: ['push by PATCH', 'push by PUT'].flatMap((push) => [
        compare(figures, { quantity: `${push}: wall`, to: 'best peer', bound: 'at most', ratio: 1 }),
        compare(figures, { quantity: `${push}: CPU`, to: 'best peer', bound: 'at most', ratio: 1.2 }),
      ]),
    };
  },
};
