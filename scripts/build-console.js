// Builds the console into console/dist, and compresses it there, so that the server need not do that for each browser.
// Runs on Node alone, at `npm ci`: a fresh clone has no other way to it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const CONSOLE = join(dirname(fileURLToPath(import.meta.url)), '..', 'console');
const DIST = join(CONSOLE, 'dist');
/** Fonts and pictures are compressed already. */
const COMPRESSED = /\.(?:js|css|html|svg|json)$/;
/** Smaller ones fit into one packet as they are. */
const LEAST_BYTES = 1000;

const vite = await import('vite').catch(() => undefined);
if (vite === undefined) {
  process.stderr.write('The console is not built: what builds it was left out (npm ci --omit=dev).\n');
} else {
  await vite.build({ configFile: join(CONSOLE, 'vite.config.ts'), logLevel: 'warn' });
  await compressAll();
}

async function compressAll() {
  const names = await readdir(DIST, { recursive: true });
  await Promise.all(names.filter((name) => COMPRESSED.test(name)).map((name) => compress(join(DIST, name))));
}

async function compress(path) {
  const bytes = await readFile(path);
  if (bytes.byteLength < LEAST_BYTES) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
