import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { run } from '../support/process.ts';
import type { Bench, Row, RowResult } from './row.ts';
import { collection } from './rows/collection.ts';
import { connectionChecks } from './rows/connection-checks.ts';
import { deleteManifest } from './rows/delete-manifest.ts';
import { eightPushes } from './rows/eight-pushes.ts';
import { getBlob } from './rows/get-blob.ts';
import { growth } from './rows/growth.ts';
import { importTree } from './rows/import.ts';
import { manifestByTagPostgres } from './rows/manifest-by-tag-postgres.ts';
import { manifestByTag, manifestWithPassword } from './rows/manifest-by-tag.ts';
import { nodes } from './rows/nodes.ts';
import { policyRow } from './rows/policy.ts';
import { pushBlob } from './rows/push-blob.ts';
import { remoteTags } from './rows/remote-tags.ts';
import { s3Stream } from './rows/s3-stream.ts';
import { sizeUpkeep } from './rows/size-upkeep.ts';
import { smallImages } from './rows/small-images.ts';
import { catalogPage, tagsPage } from './rows/tags-page.ts';
import { thirtyTwoPushes } from './rows/thirty-two-pushes.ts';
import { dockerRegistry } from './servers/docker-registry.ts';
import { havre } from './servers/havre.ts';
import { zot } from './servers/zot.ts';
import { renderRow } from './table.ts';

const ROWS: readonly Row[] = [
  manifestByTag,
  manifestWithPassword,
  getBlob,
  pushBlob,
  eightPushes,
  thirtyTwoPushes,
  smallImages,
  tagsPage,
  catalogPage,
  manifestByTagPostgres,
  nodes,
  s3Stream,
  importTree,
  collection,
  deleteManifest,
  policyRow,
  sizeUpkeep,
  remoteTags,
  connectionChecks,
  growth,
];

const CONTENDERS = [havre, dockerRegistry, zot];

interface Options {
  readonly row?: readonly string[];
  readonly without?: readonly string[];
  readonly repetitions: string;
  readonly quick?: boolean;
  readonly output: string;
}

const program = new Command('npm run bench --')
  .description('Measures Havre beside its peers: docker-registry, zot and a bare Bun.serve.')
  .option('--row <name...>', `only these rows: ${ROWS.map((row) => row.name).join(', ')}`)
  .option('--without <server...>', `leave out: ${CONTENDERS.map((contender) => contender.name).join(', ')}`)
  .option('--repetitions <count>', 'samples per figure, of which the median counts', '5')
  .option('--quick', 'a smoke run over little data: it proves that the bench works, its figures mean nothing')
  .option('--output <file>', 'where the samples go, as JSON', 'bench-results.json')
  .action(runBench);
await program.parseAsync();

async function runBench(options: Options): Promise<void> {
  const unknown = (options.row ?? []).filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) program.error(`no row named ${unknown.join(', ')}: see --help`);
  const folder = await mkdtemp(join(tmpdir(), 'havre-bench-'));
  try {
    const results = await measureRows(options, folder);
    await writeFile(options.output, `${JSON.stringify({ machine: machine(), ...results }, null, 2)}\n`);
    console.log(`\nEvery sample is in ${options.output}.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureRows(options: Options, folder: string): Promise<object> {
  const contenders = CONTENDERS.filter((contender) => !options.without?.includes(contender.name));
  for (const contender of contenders) {
    const reason = contender.missing();
    if (reason !== undefined) console.log(`${contender.name} is left out: ${reason}`);
  }
  const bench: Bench = {
    contenders: contenders.filter((contender) => contender.missing() === undefined),
    repetitions: options.quick ? 1 : Number(options.repetitions),
    quick: options.quick ?? false,
    folder,
    progress: (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`),
  };
  const rows: Record<string, RowResult> = {};
  for (const row of ROWS) {
    if (options.row && !options.row.includes(row.name)) continue;
    const reason = row.missing?.();
    if (reason !== undefined) {
      console.log(`\nskipped: ${row.name}: ${reason}`);
      continue;
    }
    const result = await row.measure(bench);
    rows[row.name] = result;
    bench.progress('');
    console.log(renderRow(row, result));
  }
  return { versions: await versionsOf(bench), quick: bench.quick, repetitions: bench.repetitions, rows };
}

async function versionsOf(bench: Bench): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const contender of bench.contenders) {
    const { stdout, stderr } = await run(contender.versionCommand());
    versions[contender.name] = `${stdout}${stderr}`.trim();
  }
  return versions;
}

function machine(): object {
  return {
    processors: cpus().length,
    model: cpus()[0]?.model,
    memoryBytes: totalmem(),
    load: loadavg(),
    bun: Bun.version,
  };
}
