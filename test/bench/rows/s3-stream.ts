import { missingS3, startS3 } from '../backends.ts';
import { BlobSource } from '../blob-source.ts';
import { samplePush, type PushRun } from '../load/push-run.ts';
import { Samples, type Row } from '../row.ts';
import { startFresh } from '../running.ts';
import { atMost } from '../verdict.ts';

/** Megabytes (10⁶ bytes) that may be resident at the worst moment. */
const BOUND = 200;

export const s3Stream: Row = {
  name: 's3-stream',
  title: 'Stream 10 GiB to S3: peak resident memory',
  missing: missingS3,
  async measure(bench) {
    const total = bench.quick ? 100 << 20 : 10 * 2 ** 30;
    const whole = await BlobSource.makeSparse(bench.folder, total);
    const eighth = await BlobSource.makeSparse(bench.folder, total / 8);
    const runs: Readonly<Record<string, PushRun>> = {
      'one PATCH': { data: whole, blobs: 1, flow: 'patch' },
      'one PUT': { data: whole, blobs: 1, flow: 'put' },
      'chunks of 64 MiB': { data: whole, blobs: 1, flow: 'chunks' },
      '8 PATCHes at once': { data: eighth, blobs: 8, flow: 'patch' },
    };
    const samples = new Samples();
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const [label, push] of Object.entries(runs)) {
        for (const contender of bench.contenders.filter(({ name }) => KEEPS_IN_S3.has(name))) {
          bench.progress(`${contender.name}, ${label}, ${repetition} of ${bench.repetitions}`);
          // A new one each time: what was pushed before would fill the disk, and Havre's own peak is never forgotten.
          await using s3 = await startS3();
          const server = await startFresh(bench, contender, { objects: { server: s3, prefix: 'bench' } });
          try {
            await samplePush(server, push, samples, label);
          } finally {
            await server.stop();
          }
        }
      }
    }
    const figures = samples.figures();
    return { figures, verdicts: Object.keys(runs).map((label) => atMost(figures, `${label}: peak memory`, BOUND)) };
  },
};

const KEEPS_IN_S3 = new Set(['havre', 'docker-registry']);
