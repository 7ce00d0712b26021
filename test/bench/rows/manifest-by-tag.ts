import { requestsPerCpuSecond } from '../load/wrk.ts';
import { Samples, type Bench, type Row, type RowResult } from '../row.ts';
import { withAll } from '../running.ts';
import { startConstant } from '../servers/constant.ts';
import type { Login, RunningServer } from '../servers/server.ts';
import { manifestUrl, pushTypicalImage } from '../typical-image.ts';
import { compare } from '../verdict.ts';

const QUANTITY = 'GET manifest by tag';

export const manifestByTag: Row = {
  name: 'manifest-by-tag',
  title: 'GET manifest by tag, no auth, requests per server CPU second',
  async measure(bench) {
    const figures = await measureManifest(bench, undefined);
    return {
      figures,
      verdicts: [
        compare(figures, { quantity: QUANTITY, to: 'docker-registry', bound: 'at least', ratio: 40 }),
        compare(figures, { quantity: QUANTITY, to: 'zot', bound: 'at least', ratio: 3 }),
        compare(figures, { quantity: QUANTITY, to: 'bare Bun.serve', bound: 'at least', ratio: 0.6 }),
      ],
    };
  },
};

export const manifestWithPassword: Row = {
  name: 'manifest-with-password',
  title: 'GET manifest by tag, Basic with a bcrypt password, requests per server CPU second',
  async measure(bench) {
    const figures = await measureManifest(bench, { username: 'bench', password: 'a-long-enough-password' });
    return {
      figures,
      verdicts: [compare(figures, { quantity: QUANTITY, to: 'docker-registry', bound: 'at least', ratio: 100 })],
    };
  },
};

async function measureManifest(bench: Bench, login: Login | undefined): Promise<RowResult['figures']> {
  const samples = new Samples();
  await withAll(bench, login === undefined ? {} : { login }, async (servers) => {
    for (const server of servers) await pushTypicalImage(server);
    const headers = requestHeaders(servers[0], login);
    const constant = await startConstant(manifestUrl(servers[0]?.url), { headers });
    try {
      await sample(bench, [...servers, constant], headers, samples);
    } finally {
      await constant.stop();
    }
  });
  return samples.figures();
}

async function sample(
  bench: Bench,
  servers: readonly RunningServer[],
  headers: Record<string, string>,
  samples: Samples,
): Promise<void> {
  const seconds = bench.quick ? 1 : 5;
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const server of servers) {
      bench.progress(`${server.name}, ${repetition} of ${bench.repetitions}`);
      const run = { url: manifestUrl(server.url), headers, seconds };
      samples.add(server.name, QUANTITY, 'requests/CPU s', await requestsPerCpuSecond(server.pid, run));
    }
  }
}

function requestHeaders(server: RunningServer | undefined, login: Login | undefined): Record<string, string> {
  const accept = { Accept: 'application/vnd.oci.image.manifest.v1+json' };
  return login === undefined || server?.authorization === undefined
    ? accept
    : { ...accept, Authorization: server.authorization };
}
