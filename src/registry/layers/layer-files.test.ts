import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { chmodSync, mkdirSync, symlinkSync, linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import {
  LAYER_LIMITS,
  readLayerFiles,
  type LayerFiles,
  type LayerFilesRequest,
  type LayerLimits,
} from './layer-files.ts';

const LONG = `${'long-'.repeat(30)}folder/${'name-'.repeat(30)}`;
let folder: string;

beforeAll(() => {
  folder = temporaryFolder('layers');
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/passwd'), 'root');
  // Said after: what is said when it is made is narrowed by whatever mask there is.
  chmodSync(join(folder, 'etc/passwd'), 0o640);
  writeFileSync(join(folder, 'etc/.wh.shadow'), '');
  writeFileSync(join(folder, 'etc/.wh..wh..opq'), '');
  symlinkSync('passwd', join(folder, 'etc/link'));
  linkSync(join(folder, 'etc/passwd'), join(folder, 'etc/same'));
  mkdirSync(join(folder, LONG, '..'), { recursive: true });
  writeFileSync(join(folder, LONG), 'x'.repeat(1000));
});

afterAll(() => removeFolder(folder));

const FILES = ['etc', 'etc/passwd', 'etc/.wh.shadow', 'etc/.wh..wh..opq', 'etc/link', 'etc/same', LONG];

/** As tar writes it. */
function archive(format = 'gnu', files: readonly string[] = FILES): Uint8Array {
  const flags = [`--format=${format}`, '--no-recursion', '--mtime=@1700000000', '-C', folder, '-cf', '-'];
  const { stdout, exitCode } = Bun.spawnSync(['tar', ...flags, ...files.map((file) => `./${file}`)]);
  expect(exitCode).toBe(0);
  return new Uint8Array(stdout);
}

/** In pieces that no header is aligned with. */
function stream(bytes: Uint8Array, chunkBytes = 777): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += chunkBytes)));
    },
  });
}

function read(
  bytes: Uint8Array,
  request: Partial<LayerFilesRequest> = {},
  limits: Partial<LayerLimits> = {},
): Promise<LayerFiles> {
  const whole = { after: 0, prefix: '', limit: 1000, signal: new AbortController().signal, ...request };
  return readLayerFiles(stream(bytes), whole, { ...LAYER_LIMITS, ...limits });
}

describe('the files of a layer', () => {
  it('are those of its archive, with links, permissions, times, long names and whiteouts', async () => {
    for (const format of ['gnu', 'pax', 'posix']) {
      const { files, next, stoppedBy } = await read(archive(format));
      expect([next, stoppedBy]).toEqual([undefined, undefined]);
      const plain = { modified: 1_700_000_000, linkTarget: null, whiteout: null };
      expect(files).toMatchObject([
        { path: 'etc', type: 'directory', ...plain },
        { path: 'etc/passwd', type: 'file', size: 4, mode: 0o640, ...plain },
        { path: 'etc/shadow', whiteout: 'file' },
        { path: 'etc', whiteout: 'opaque' },
        { path: 'etc/link', type: 'symlink', linkTarget: 'passwd' },
        { path: 'etc/same', type: 'hardlink', linkTarget: './etc/passwd' },
        { path: LONG, type: 'file', size: 1000, ...plain },
      ]);
    }
  });

  it('are the same however it is packed', async () => {
    const bytes = archive();
    const whole = await read(bytes);
    expect(await read(Bun.gzipSync(new Uint8Array(bytes)))).toEqual(whole);
    expect(await read(new Uint8Array(Bun.zstdCompressSync(bytes)))).toEqual(whole);
  });

  it('are the same in chunks of a byte, and behind frames of zstd that hold nothing', async () => {
    const bytes = archive();
    const whole = await read(bytes);
    const request = { after: 0, prefix: '', limit: 1000, signal: new AbortController().signal };
    for (const packed of [Bun.gzipSync(new Uint8Array(bytes)), new Uint8Array(Bun.zstdCompressSync(bytes))]) {
      for (const chunkBytes of [1, 3]) {
        expect(await readLayerFiles(stream(packed, chunkBytes), request)).toEqual(whole);
      }
    }
    for (const first of [0x50, 0x5f]) {
      const skipped = Buffer.from([first, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
      const half = (from: number, to?: number): Buffer => Bun.zstdCompressSync(bytes.slice(from, to));
      const framed = Buffer.concat([skipped, half(0, 1500), skipped, half(1500), skipped]);
      expect(await read(new Uint8Array(framed))).toEqual(whole);
    }
  });

  it('come in pages, by how their paths begin', async () => {
    const bytes = Bun.gzipSync(new Uint8Array(archive()));
    const whole = (await read(bytes)).files;
    const found = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: LayerFiles = await read(bytes, { after, limit: 2 });
      found.push(...page.files);
      after = page.next;
    }
    expect(found).toEqual([...whole]);
    const first = await read(bytes, { prefix: 'etc/', limit: 1 });
    expect(first.files).toMatchObject([{ path: 'etc/passwd' }]);
    const second = await read(bytes, { prefix: 'etc/', after: first.next ?? 0 });
    expect(second.files.map(({ path }) => path)).toEqual(['etc/shadow', 'etc/link', 'etc/same']);
  });

  it('of what unpacks to very much, or has very many, are read to a bound', async () => {
    const sparse = join(folder, 'large');
    writeFileSync(sparse, new Uint8Array(8 * 1024 * 1024));
    const bytes = archive('gnu', ['etc', 'large', 'etc/passwd']);
    for (const packed of [Bun.gzipSync(new Uint8Array(bytes)), new Uint8Array(Bun.zstdCompressSync(bytes))]) {
      const { files, stoppedBy } = await read(packed, {}, { bytes: 1024 * 1024 });
      expect([files.map(({ path }) => path), stoppedBy]).toEqual([['etc', 'large'], 'bytes']);
    }
    expect(await read(archive(), {}, { entries: 2 })).toMatchObject({ files: [{}, {}], stoppedBy: 'entries' });
  });

  it('of what does not come in time are those that did', async () => {
    const bytes = archive();
    const stuck = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes.slice(0, 2048)) });
    const request = { after: 0, prefix: '', limit: 10, signal: new AbortController().signal };
    const { files, stoppedBy } = await readLayerFiles(stuck, request, { ...LAYER_LIMITS, seconds: 0.05 });
    expect([files[0]?.path, stoppedBy]).toEqual(['etc', 'time']);
  });

  it('of what is damaged are those before the damage', async () => {
    const bytes = archive();
    const packed = Bun.gzipSync(new Uint8Array(bytes));
    const flipped = bytes.slice();
    flipped[512 + 3] = 0x7f;
    expect(await read(flipped)).toMatchObject({ files: [{ path: 'etc' }], stoppedBy: 'damage' });
    expect((await read(packed.slice(0, packed.length / 2))).stoppedBy).toBe('damage');
    expect(await read(new TextEncoder().encode('no archive '.repeat(100)))).toEqual({ files: [], stoppedBy: 'damage' });
    expect(await read(new Uint8Array([0x1f, 0x8b, 1, 2, 3]))).toEqual({ files: [], stoppedBy: 'damage' });
    expect(await read(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 9, 9]))).toEqual({ files: [], stoppedBy: 'damage' });
    expect(await read(new Uint8Array(0))).toEqual({ files: [] });
  });

  it('are not listed to whoever went away, and storage that fails is no fault of the layer', async () => {
    const gone = read(archive(), { signal: AbortSignal.abort(new Error('gone')) });
    expect(await gone.catch((error: unknown) => String(error))).toContain('gone');
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('disk')) });
    const request = { after: 0, prefix: '', limit: 10, signal: new AbortController().signal };
    expect(await readLayerFiles(failing, request).catch((error: unknown) => String(error))).toContain('disk');
  });
});
