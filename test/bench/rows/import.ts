import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from '../load/generator.ts';
import type { MakeRegistryV2Tree } from '../load/make-registry-v2-tree.ts';
import { Samples, type Figure, type Row, type Verdict } from '../row.ts';
import { HAVRE, havre } from '../servers/havre.ts';
import { cleanEnvironment } from '../servers/server.ts';
import { format, medianOf } from '../verdict.ts';

const BOUND = 1000;
const IMPORTED = 'imported';

export const importTree: Row = {
  name: 'import',
  title: 'havre import registry-v2 of 100,000 tags, on one filesystem',
  async measure(bench) {
    const images = bench.quick ? 1000 : 100_000;
    const folder = await mkdtemp(join(bench.folder, 'import-'));
    const tree = join(folder, 'registry');
    bench.progress(`writing the files of ${images} images`);
    const task: MakeRegistryV2Tree = { folder: tree, images, repositories: 100 };
    await generate('./make-registry-v2-tree.ts', task);
    const samples = new Samples();
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      bench.progress(`havre, ${repetition} of ${bench.repetitions}`);
      const own = await mkdtemp(join(folder, 'havre-'));
      // The first start makes the installation.
      await (await havre.start({ folder: own })).stop();
      await importInto({ folder: own, tree, images }, samples);
      await rm(own, { recursive: true });
    }
    const figures = samples.figures();
    return { figures, verdicts: [atLeast(figures)] };
  },
};

interface Import {
  /** Of the installation. */
  readonly folder: string;
  readonly tree: string;
  readonly images: number;
}

/** With no server running: the command then does the work itself, and its own CPU and memory are what it costs. */
async function importInto({ folder, tree, images }: Import, samples: Samples): Promise<void> {
  await Bun.spawn(['sync']).exited;
  const began = performance.now();
  const child = Bun.spawn([...HAVRE, 'import', 'registry-v2', tree, '--json'], {
    cwd: folder,
    env: cleanEnvironment({ HAVRE_DATA: join(folder, 'data') }),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`import: ${errors}${output}`);
  const seconds = (performance.now() - began) / 1000;
  const used = child.resourceUsage();
  samples.add('havre', IMPORTED, 'manifests/s', images / seconds);
  samples.add('havre', 'the whole tree', 's', seconds);
  samples.add('havre', 'the whole tree: CPU', 'CPU s', Number(used?.cpuTime.total ?? 0) / 1e6);
  samples.add('havre', 'the whole tree: peak memory', 'MB', (used?.maxRSS ?? 0) / 1e6);
}

function atLeast(figures: readonly Figure[]): Verdict {
  const value = medianOf(figures, IMPORTED, 'havre') ?? Number.NaN;
  return { target: `at least ${BOUND} manifests a second`, value: format(value), reached: value >= BOUND };
}
