import { BlobSource } from '../blob-source.ts';
import { generate } from '../load/generator.ts';
import type { PushBlobs } from '../load/push-blobs.ts';
import { cpuSeconds } from '../process-figures.ts';
import { Samples, type Row } from '../row.ts';
import { withAll } from '../running.ts';
import { targetOf, type RunningServer } from '../servers/server.ts';
import { compare } from '../verdict.ts';

export const getBlob: Row = {
  name: 'get-blob',
  title: 'GET a 1 GiB blob',
  async measure(bench) {
    const data = await BlobSource.make(bench.folder, bench.quick ? 8 << 20 : 1 << 30);
    const blob = await data.slice('bench/blob', 0);
    const samples = new Samples();
    await withAll(bench, {}, async (servers) => {
      for (const server of servers) {
        const task: PushBlobs = { target: targetOf(server), path: data.path, flow: 'put', blobs: [blob] };
        await generate('./push-blobs.ts', task);
      }
      // One round that does not count fills the page cache with every server's copy.
      for (const server of servers) await download(server, blob.digest);
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        for (const server of servers) {
          bench.progress(`${server.name}, ${repetition} of ${bench.repetitions}`);
          const before = cpuSeconds(server.pid);
          samples.add(server.name, 'GET: wall', 's', await download(server, blob.digest));
          samples.add(server.name, 'GET: CPU', 'CPU s', cpuSeconds(server.pid) - before);
        }
      }
    });
    const figures = samples.figures();
    return {
      figures,
      verdicts: [
        compare(figures, { quantity: 'GET: CPU', to: 'best peer', bound: 'at most', ratio: 1 }),
        compare(figures, { quantity: 'GET: wall', to: 'best peer', bound: 'at most', ratio: 1.05 }),
      ],
    };
  },
};

/** Seconds that curl needed for the whole body. */
async function download(server: RunningServer, digest: string): Promise<number> {
  const url = `${server.url}/v2/bench/blob/blobs/${digest}`;
  const command = ['curl', '--fail', '--silent', '--show-error', '-o', '/dev/null', '-w', '%{time_total}', url];
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`curl ${url}: ${await new Response(child.stderr).text()}`);
  return Number(output);
}
