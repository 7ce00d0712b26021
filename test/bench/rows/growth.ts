import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { PostgresServer } from '../../support/postgres-server.ts';
import { run } from '../../support/process.ts';
import { missingPostgres } from '../backends.ts';
import type { FillFacts } from '../load/fill-facts.ts';
import { generate } from '../load/generator.ts';
import type { GrowthOperations } from '../load/growth-operations.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { cleanEnvironment, targetOf, type RunningServer } from '../servers/server.ts';
import { HAVRE, havre } from '../servers/havre.ts';
import { format, medianOf } from '../verdict.ts';

/** How much dearer an operation may be with a thousand times as many tags. */
const FLAT = 2;

/** One engine of facts. */
interface Engine {
  readonly name: string;
  /** A new database; absent where the data folder is one. */
  createDatabase?(name: string): Promise<string>;
  /** Of the facts, in bytes. */
  sizeOnDisk(grown: { readonly folder: string; readonly name: string }): Promise<number>;
  /** Has the whole database in the page cache: otherwise what a size costs is how much of it a disk has to bring. */
  warm(grown: { readonly folder: string; readonly name: string }): Promise<void>;
  /** What the engine does by itself a while after much was written; here at once, so that every size is measured alike. */
  settle?(database: string): Promise<void>;
}

/** A registry of one size, which runs. */
interface Grown {
  readonly engine: Engine;
  readonly size: number;
  readonly folder: string;
  readonly databaseUrl?: string | undefined;
  readonly server: RunningServer;
}

export const growth: Row = {
  name: 'growth',
  title: 'The same operations with 10³ to 10⁶ tags',
  async measure(bench) {
    const sizes = bench.quick ? [100, 1000] : [1000, 10_000, 100_000, 1_000_000];
    const samples = new Samples();
    const reason = missingPostgres();
    if (reason !== undefined) console.log(`\nskipped: growth on PostgreSQL: ${reason}`);
    await using postgres = reason === undefined ? await PostgresServer.start({ isDurable: true }) : undefined;
    for (const engine of [SQLITE, ...(postgres ? [onPostgres(postgres)] : [])]) {
      await measureEngine(bench, { engine, sizes }, samples);
    }
    const figures = samples.figures();
    return { figures, verdicts: flatness(figures, sizes) };
  },
};

const SQLITE: Engine = {
  name: 'SQLite',
  sizeOnDisk: async ({ folder }) => Bun.file(join(folder, 'data/havre.db')).size,
  warm: async ({ folder }) => {
    for await (const piece of Bun.file(join(folder, 'data/havre.db')).stream()) void piece;
  },
};

const PREWARM = `
  create extension if not exists pg_prewarm;
  select sum(pg_prewarm(oid, 'read')) from pg_class
  where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace`;

function onPostgres(postgres: PostgresServer): Engine {
  return {
    name: 'PostgreSQL',
    createDatabase: (name) => postgres.createDatabase(name),
    sizeOnDisk: async ({ name }) => Number(await postgres.query(name, 'select pg_database_size(current_database())')),
    warm: async ({ name }) => void (await postgres.query(name, PREWARM)),
    settle: async (name) => void (await postgres.query(name, 'vacuum (analyze)')),
  };
}

/**
 * All sizes run side by side and are asked in turn, operation by operation: a busy minute of the machine slows all of
 * them alike, and the ratios stay.
 */
async function measureEngine(
  bench: Bench,
  { engine, sizes }: { readonly engine: Engine; readonly sizes: readonly number[] },
  samples: Samples,
): Promise<void> {
  const grown: Grown[] = [];
  try {
    for (const size of sizes) {
      const registry = await grow(bench, engine, size);
      grown.push(registry);
      const bytes = await engine.sizeOnDisk({ folder: registry.folder, name: databaseOf(size) });
      samples.add(column(size), `${engine.name}: the facts on disk`, 'MB', bytes / 1e6);
    }
    for (const { folder, size } of grown) await engine.warm({ folder, name: databaseOf(size) });
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      bench.progress(`${engine.name}, ${repetition} of ${bench.repetitions}`);
      await sampleOperations(bench, grown, samples);
    }
    for (const registry of grown) {
      bench.progress(`${engine.name}: garbage collection of ${registry.size} tags`);
      samples.add(column(registry.size), `${engine.name}: garbage collection`, 's', await collectGarbage(registry));
    }
  } finally {
    await Promise.all(grown.map(({ server }) => server.stop()));
  }
}

async function grow(bench: Bench, engine: Engine, size: number): Promise<Grown> {
  bench.progress(`${engine.name}: filling with ${size} tags`);
  const folder = await mkdtemp(join(bench.folder, 'growth-'));
  const name = databaseOf(size);
  const databaseUrl = await engine.createDatabase?.(name);
  const options = { folder, ...(databaseUrl !== undefined && { databaseUrl }) };
  // The first start makes the administrator; nobody else may have the folder while it is filled.
  await (await havre.start(options)).stop();
  const task: FillFacts = { from: 0, to: size };
  await generate('./fill-facts.ts', task, environmentOf({ folder, databaseUrl }));
  await engine.settle?.(name);
  return { engine, size, folder, databaseUrl, server: await havre.start(options) };
}

async function sampleOperations(bench: Bench, grown: readonly Grown[], samples: Samples): Promise<void> {
  const task: GrowthOperations = {
    registries: grown.map(({ server, size }) => ({ target: targetOf(server), images: size })),
    rounds: bench.quick ? 10 : 100,
  };
  const seconds = (await generate('./growth-operations.ts', task)) as Record<string, number[]>;
  for (const [operation, bySize] of Object.entries(seconds)) {
    for (const [place, { engine, size }] of grown.entries()) {
      samples.add(column(size), `${engine.name}: ${operation}`, 'ms', (bySize[place] ?? Number.NaN) * 1000);
    }
  }
}

/** Seconds that a whole run takes which finds nothing to sweep: it looks at everything, so this one grows. */
async function collectGarbage(registry: Grown): Promise<number> {
  const command = [...HAVRE, 'garbage-collect', '--json'];
  const environment = cleanEnvironment(environmentOf(registry));
  const began = performance.now();
  const { status, stderr } = await run(command, { folder: registry.folder, environment, seconds: 1800 });
  if (status !== 0) throw new Error(`garbage-collect: ${stderr}`);
  return (performance.now() - began) / 1000;
}

function environmentOf({ folder, databaseUrl }: Pick<Grown, 'folder' | 'databaseUrl'>): Record<string, string> {
  return { HAVRE_DATA: join(folder, 'data'), ...(databaseUrl !== undefined && { HAVRE_DATABASE_URL: databaseUrl }) };
}

function databaseOf(size: number): string {
  return `growth_${size}`;
}

function column(size: number): string {
  return `${size.toLocaleString('en')} tags`;
}

function flatness(figures: readonly Figure[], sizes: readonly number[]): Verdict[] {
  const [first = 0, last = 0] = [sizes[0], sizes.at(-1)];
  const quantities = new Set(figures.filter(({ unit }) => unit === 'ms').map(({ quantity }) => quantity));
  return [...quantities].map((quantity) => {
    const ratio =
      (medianOf(figures, quantity, column(last)) ?? Number.NaN) /
      (medianOf(figures, quantity, column(first)) ?? Number.NaN);
    const target = `${quantity}: with ${column(last)} at most ${FLAT}× the time with ${column(first)}`;
    return { target, value: `${format(ratio)}×`, reached: ratio <= FLAT };
  });
}
