import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { PostgresServer } from '../../support/postgres-server.ts';
import { run } from '../../support/process.ts';
import { missingPostgres } from '../backends.ts';
import type { FillFacts } from '../load/fill-facts.ts';
import { generate } from '../load/generator.ts';
import type { GrowthOperations } from '../load/growth-operations.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { cleanEnvironment, targetOf } from '../servers/server.ts';
import { HAVRE, havre } from '../servers/havre.ts';
import { format, medianOf } from '../verdict.ts';

/** How much dearer an operation may be with a thousand times as many tags. */
const FLAT = 2;

/** One engine of facts that grows. */
interface Engine {
  readonly name: string;
  readonly databaseUrl?: string;
  /** What the engine does by itself a while after much was written; here at once, so that every size is measured alike. */
  settle(): Promise<void>;
}

export const growth: Row = {
  name: 'growth',
  title: 'The same operations with 10³ to 10⁶ tags, milliseconds',
  async measure(bench) {
    const sizes = bench.quick ? [100, 1000] : [1000, 10_000, 100_000, 1_000_000];
    const samples = new Samples();
    const engines = [SQLITE];
    const reason = missingPostgres();
    if (reason !== undefined) console.log(`\nskipped: growth on PostgreSQL: ${reason}`);
    await using postgres = reason === undefined ? await PostgresServer.start({ isDurable: true }) : undefined;
    if (postgres) engines.push(await onPostgres(postgres));
    for (const engine of engines) await grow(bench, engine, sizes, samples);
    const figures = samples.figures();
    return { figures, verdicts: flatness(figures, sizes) };
  },
};

const SQLITE: Engine = { name: 'SQLite', settle: async () => {} };

async function onPostgres(postgres: PostgresServer): Promise<Engine> {
  const databaseUrl = await postgres.createDatabase('growth');
  return {
    name: 'PostgreSQL',
    databaseUrl,
    settle: async () => void (await postgres.query('growth', 'vacuum (analyze)')),
  };
}

async function grow(bench: Bench, engine: Engine, sizes: readonly number[], samples: Samples): Promise<void> {
  const folder = await mkdtemp(join(bench.folder, 'growth-'));
  const { databaseUrl } = engine;
  let from = 0;
  for (const size of sizes) {
    bench.progress(`${engine.name}: filling up to ${size} tags`);
    const options = { folder, ...(databaseUrl !== undefined && { databaseUrl }) };
    // The first start makes the administrator; nobody else may have the folder while it is filled.
    if (from === 0) await (await havre.start(options)).stop();
    const task: FillFacts = { from, to: size };
    await generate('./fill-facts.ts', task, environmentOf(folder, databaseUrl));
    await engine.settle();
    from = size;
    const server = await havre.start(options);
    try {
      for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
        bench.progress(`${engine.name} with ${size} tags, ${repetition} of ${bench.repetitions}`);
        const operations: GrowthOperations = {
          target: targetOf(server),
          images: size,
          rounds: bench.quick ? 10 : 100,
        };
        const seconds = (await generate('./growth-operations.ts', operations)) as Record<string, number>;
        for (const [operation, each] of Object.entries(seconds)) {
          samples.add(column(size), `${engine.name}: ${operation}`, 'ms', each * 1000);
        }
      }
      bench.progress(`${engine.name} with ${size} tags: garbage collection`);
      samples.add(column(size), `${engine.name}: garbage collection`, 's', await collectGarbage(folder, databaseUrl));
    } finally {
      await server.stop();
    }
  }
}

/** Seconds that a whole run takes which finds nothing to sweep: it looks at everything, so this one grows. */
async function collectGarbage(folder: string, databaseUrl: string | undefined): Promise<number> {
  const command = [...HAVRE, 'garbage-collect', '--json'];
  const environment = cleanEnvironment(environmentOf(folder, databaseUrl));
  const began = performance.now();
  const { status, stderr } = await run(command, { folder, environment, seconds: 1800 });
  if (status !== 0) throw new Error(`garbage-collect: ${stderr}`);
  return (performance.now() - began) / 1000;
}

function environmentOf(folder: string, databaseUrl: string | undefined): Record<string, string> {
  return { HAVRE_DATA: join(folder, 'data'), ...(databaseUrl !== undefined && { HAVRE_DATABASE_URL: databaseUrl }) };
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
