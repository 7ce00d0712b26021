import { PostgresServer } from '../../support/postgres-server.ts';
import { missingPostgres } from '../backends.ts';
import { countRequests } from '../load/wrk.ts';
import { cpuSeconds, familyCpuSeconds } from '../process-figures.ts';
import { Samples, type Bench, type Row } from '../row.ts';
import { withAll } from '../running.ts';
import type { RunningServer } from '../servers/server.ts';
import { manifestUrl, pushTypicalImage } from '../typical-image.ts';
import { compare } from '../verdict.ts';

const OWN = 'GET manifest by tag';
const WITH_DATABASE = 'GET manifest by tag, with the CPU of PostgreSQL';
const HEADERS = { Accept: 'application/vnd.oci.image.manifest.v1+json' };

/** A node that is not alone may answer nothing that can change from memory: each request is a question to PostgreSQL. */
export const manifestByTagPostgres: Row = {
  name: 'manifest-by-tag-postgres',
  title: 'GET manifest by tag, facts in PostgreSQL, no auth, requests per CPU second',
  missing: missingPostgres,
  async measure(bench) {
    const samples = new Samples();
    await using postgres = await PostgresServer.start({ isDurable: true });
    const databaseUrl = await postgres.createDatabase('bench');
    await withAll(bench, { databaseUrl }, async (servers) => {
      for (const server of servers) await pushTypicalImage(server);
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        for (const server of servers) {
          bench.progress(`${server.name}, ${repetition} of ${bench.repetitions}`);
          await sample({ bench, server, postgres, samples });
        }
      }
    });
    const figures = samples.figures();
    const comparison = { to: 'docker-registry', bound: 'at least', ratio: 10 } as const;
    return {
      figures,
      verdicts: [
        compare(figures, { quantity: OWN, ...comparison }),
        compare(figures, { quantity: WITH_DATABASE, ...comparison }),
      ],
    };
  },
};

interface Sampling {
  readonly bench: Bench;
  readonly server: RunningServer;
  readonly postgres: PostgresServer;
  readonly samples: Samples;
}

/** PostgreSQL is counted whole: its processes, its autovacuum and its checkpoints. A peer has none, so both are the same. */
async function sample({ bench, server, postgres, samples }: Sampling): Promise<void> {
  const before = { own: cpuSeconds(server.pid), database: familyCpuSeconds(postgres.pid) };
  const requests = await countRequests({
    url: manifestUrl(server.url),
    headers: HEADERS,
    seconds: bench.quick ? 1 : 5,
  });
  const own = cpuSeconds(server.pid) - before.own;
  const database = server.name === 'havre' ? familyCpuSeconds(postgres.pid) - before.database : 0;
  samples.add(server.name, OWN, 'requests/CPU s', requests / own);
  samples.add(server.name, WITH_DATABASE, 'requests/CPU s', requests / (own + database));
}
