import { Database as SqliteFile } from 'bun:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PostgresServer } from '../../support/postgres-server.ts';
import { missingPostgres } from '../backends.ts';
import { generate } from '../load/generator.ts';
import type { PushImages } from '../load/push-images.ts';
import { cpuSeconds } from '../process-figures.ts';
import { Samples, type Bench, type Row } from '../row.ts';
import { havre } from '../servers/havre.ts';
import { targetOf, type RunningServer } from '../servers/server.ts';
import { compare } from '../verdict.ts';

/** What keeping sizes may add to a push: the bound of the issue of quotas. */
const RATIO = 1.05;
const WITHOUT = 'havre that counts nothing';

/** The same program, with and without the triggers that count what repositories hold, in turn. */
export const sizeUpkeep: Row = {
  name: 'size-upkeep',
  title: 'Pushing small images with sizes kept, and with their triggers dropped',
  async measure(bench) {
    const samples = new Samples();
    await onSqlite(bench, samples);
    if (missingPostgres() === undefined) await onPostgres(bench, samples);
    const figures = samples.figures();
    const verdicts = [...new Set(figures.map(({ quantity }) => quantity))].map((quantity) =>
      compare(figures, { quantity, to: WITHOUT, bound: 'at most', ratio: RATIO }),
    );
    return { figures, verdicts };
  },
};

async function onSqlite(bench: Bench, samples: Samples): Promise<void> {
  await eachWay(bench, async (counts) => {
    const folder = await mkdtemp(join(bench.folder, 'sizes-'));
    const server = await havre.start({ folder });
    try {
      if (!counts) dropFromSqlite(join(folder, 'data', 'havre.db'));
      await sample(bench, server, { samples, counts, engine: 'SQLite' });
    } finally {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function onPostgres(bench: Bench, samples: Samples): Promise<void> {
  const postgres = await PostgresServer.start();
  let made = 0;
  try {
    await eachWay(bench, async (counts) => {
      made += 1;
      const databaseUrl = await postgres.createDatabase(`sizes${made}`);
      const folder = await mkdtemp(join(bench.folder, 'sizes-'));
      const server = await havre.start({ folder, databaseUrl });
      try {
        if (!counts) await dropFromPostgres(databaseUrl);
        await sample(bench, server, { samples, counts, engine: 'PostgreSQL' });
      } finally {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });
  } finally {
    await postgres[Symbol.asyncDispose]();
  }
}

/** One after the other, so that a noisy minute hits both. */
async function eachWay(bench: Bench, work: (counts: boolean) => Promise<void>): Promise<void> {
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const counts of repetition % 2 === 0 ? [true, false] : [false, true]) {
      bench.progress(`${counts ? 'with' : 'without'} sizes, ${repetition} of ${bench.repetitions}`);
      await work(counts);
    }
  }
}

interface Sampled {
  readonly samples: Samples;
  readonly counts: boolean;
  readonly engine: string;
}

async function sample(bench: Bench, server: RunningServer, { samples, counts, engine }: Sampled): Promise<void> {
  const images = bench.quick ? 40 : 600;
  const task: PushImages = { target: targetOf(server), images, clients: 8, repositories: 60, layers: 10 };
  await Bun.spawn(['sync']).exited;
  const before = cpuSeconds(server.pid);
  const { seconds } = (await generate('./push-images.ts', task)) as { seconds: number };
  const name = counts ? 'havre' : WITHOUT;
  samples.add(name, `${engine}: an image`, 'ms', (seconds * 1000) / images);
  samples.add(
    name,
    `${engine}: an image, CPU of the registry`,
    'ms',
    ((cpuSeconds(server.pid) - before) * 1000) / images,
  );
}

function dropFromSqlite(path: string): void {
  using file = new SqliteFile(path, { readwrite: true, strict: true });
  file.run('PRAGMA busy_timeout=5000');
  const triggers = file.query<{ name: string }, []>(`select name from sqlite_schema where type = 'trigger'`).all();
  for (const { name } of triggers) file.run(`drop trigger ${name}`);
}

async function dropFromPostgres(url: string): Promise<void> {
  const sql = new Bun.SQL(url, { max: 1 });
  const triggers = (await sql.unsafe(
    `select tgname as name, tgrelid::regclass::text as place from pg_trigger
     where not tgisinternal and (tgname like 'usage%' or tgname like 'quota%')`,
  )) as readonly { readonly name: string; readonly place: string }[];
  for (const { name, place } of triggers) await sql.unsafe(`drop trigger ${name} on ${place}`);
  await sql.close();
}
