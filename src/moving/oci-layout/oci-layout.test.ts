import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { descriptorOf, imageOf, indexOf, randomBlob, type Content, type Image } from '../../../test/support/image.ts';
import { openMovingRegistry, TAKE_ALL, type MovingRegistry } from '../../../test/support/moving.ts';
import { runOk } from '../../../test/support/process.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { parseTag } from '../../oci/tag.ts';
import { FolderTree } from '../folder-tree.ts';
import type { SourceTree } from '../source-tree.ts';
import { MovingError } from '../taking.ts';
import { Tally, type Finding } from '../tally.ts';
import { TarTree } from '../tar-tree.ts';
import { exportOciLayout } from './export-oci-layout.ts';
import { importOciLayout } from './import-oci-layout.ts';

let here: MovingRegistry;
let folder: string;

beforeEach(async () => {
  here = await openMovingRegistry();
  folder = temporaryFolder('layout');
});

afterEach(async () => {
  await here[Symbol.asyncDispose]();
  removeFolder(folder);
});

const image = imageOf([randomBlob(1000)]);
const other = imageOf([randomBlob(600_000)]);
const index = indexOf([image.manifest, other.manifest]);
const signature = imageOf([randomBlob(10)], { subject: descriptorOf(index), artifactType: 'a/signature' });

/** A layout as other programs write it. */
function writeLayout(path: string, entries: readonly { readonly manifest: Content; readonly name?: string }[]): void {
  mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
  const images: readonly Image[] = [image, other, signature];
  const contents = [...images.flatMap(({ blobs, manifest }) => [...blobs, manifest]), index];
  for (const { digest, bytes } of contents) writeFileSync(join(path, 'blobs', digest.replace(':', '/')), bytes);
  writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const manifests = entries.map(({ manifest, name }) => ({
    ...descriptorOf(manifest),
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }));
  writeFileSync(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

interface Names {
  readonly sourceTag?: string;
  readonly tag?: string;
}

async function importFrom(tree: SourceTree, { sourceTag, tag }: Names = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await importOciLayout({
    parts: here.parts,
    tree,
    sourceTag,
    repository: parseRepositoryName('team/app'),
    tag: tag === undefined ? undefined : parseTag(tag),
    options: { ...TAKE_ALL, transfer: 'copy' },
    tally: new Tally((finding) => void findings.push(finding)),
    signal: new AbortController().signal,
  });
  return findings;
}

async function exportTo(
  path: string,
  wanted: readonly string[] | 'all',
  referrers = false,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  await exportOciLayout({
    parts: here.parts,
    repository: parseRepositoryName('team/app'),
    wanted: wanted === 'all' ? 'all' : wanted.map(parseTagOrDigest),
    referrers,
    folder: path,
    tally: new Tally((finding) => void findings.push(finding)),
    signal: new AbortController().signal,
  });
  return findings;
}

function entriesOf(path: string): { digest: string; annotations?: Record<string, string> }[] {
  const document = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  return document.manifests;
}

describe('importing an OCI layout', () => {
  it('brings every image by its name, with its platforms and its referrers', async () => {
    const entries = [{ manifest: index, name: 'registry.example.org/x:multi' }, { manifest: signature.manifest }];
    writeLayout(folder, [...entries, { manifest: image.manifest, name: '1.0' }]);
    expect(await importFrom(new FolderTree(folder))).toEqual([]);
    expect(await here.tags('team/app')).toEqual(['1.0', 'multi']);
    expect(await here.digestOf('team/app', signature.manifest.digest)).toBe(signature.manifest.digest);
    expect(await here.pullBlob('team/app', other.blobs[1]?.digest ?? '')).toEqual(other.blobs[1]?.bytes);
  });

  it('brings one by its name, under another one, and what refers to it', async () => {
    const entries = [{ manifest: index, name: 'multi' }, { manifest: signature.manifest }];
    writeLayout(folder, [...entries, { manifest: image.manifest, name: '1.0' }]);
    await importFrom(new FolderTree(folder), { sourceTag: 'multi', tag: 'latest' });
    expect(await here.tags('team/app')).toEqual(['latest']);
    expect(await here.digestOf('team/app', signature.manifest.digest)).toBe(signature.manifest.digest);
  });

  it('says what names there are where one is missing, or one is too few', async () => {
    writeLayout(folder, [
      { manifest: index, name: 'multi' },
      { manifest: image.manifest, name: '1.0' },
    ]);
    const tree = new FolderTree(folder);
    const failures = [{ sourceTag: '2.0' }, { tag: 'latest' }].map((names) =>
      importFrom(tree, names).catch((error: unknown) => error),
    );
    for (const failure of await Promise.all(failures)) {
      expect(failure).toBeInstanceOf(MovingError);
      expect(String(failure)).toContain('It has multi, 1.0.');
    }
  });

  it('reads archives, with names that are longer than a header holds', async () => {
    const deep = join(folder, 'deep');
    writeLayout(deep, [{ manifest: index, name: 'multi' }]);
    for (const format of ['gnu', 'pax', 'ustar']) {
      const archive = join(folder, `${format}.tar`);
      const prefix = `s,^\\.,${'a-long-name-of-a-folder/'.repeat(4)}.,`;
      await runOk(['tar', `--format=${format}`, '--transform', prefix, '-cf', archive, '-C', deep, '.']);
      const tree = (await TarTree.open(archive)).below('a-long-name-of-a-folder/'.repeat(4) + '.');
      expect(await importFrom(tree, { tag: format })).toEqual([]);
      expect(await here.digestOf('team/app', format)).toBe(index.digest);
    }
  });

  it('reads archives that keep sizes beside the header, as Go does above 8 GiB', async () => {
    const [inside, archive] = [join(folder, 'inside'), join(folder, 'sizes.tar')];
    writeLayout(inside, [{ manifest: image.manifest, name: '1' }]);
    const pieces = [...new Bun.Glob('**/*').scanSync({ cwd: inside })].flatMap((name) => {
      const bytes = readFileSync(join(inside, name));
      // The number that a record begins with is its own length.
      const record = Buffer.from(`${String(bytes.byteLength).length + 9} size=${bytes.byteLength}\n`);
      return [tarHeader('pax', record.byteLength, 'x'), padded(record), tarHeader(name, 0, '0'), padded(bytes)];
    });
    writeFileSync(archive, Buffer.concat(pieces));
    expect(await importFrom(await TarTree.open(archive))).toEqual([]);
    expect(await here.digestOf('team/app', '1')).toBe(image.manifest.digest);
  });

  it('refuses what is no archive, or half of one', async () => {
    const archive = join(folder, 'it.tar');
    writeLayout(join(folder, 'it'), [{ manifest: image.manifest, name: '1' }]);
    await runOk(['tar', '-cf', archive, '-C', join(folder, 'it'), '.']);
    const bytes = readFileSync(archive);
    const wrong = [bytes.subarray(0, bytes.byteLength / 2), Bun.gzipSync(bytes), new Uint8Array(2000).fill(65)];
    for (const content of wrong) {
      writeFileSync(archive, content);
      expect(await TarTree.open(archive).catch((error: unknown) => error)).toBeInstanceOf(MovingError);
    }
  });
});

/** @see POSIX.1-2017 pax, ustar Interchange Format */
function tarHeader(name: string, size: number, type: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${type}`, 156);
  header.write('ustar\x0000', 257);
  return header;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.byteLength % 512)) % 512)]);
}

describe('exporting to an OCI layout', () => {
  const out = (): string => join(folder, 'out');

  beforeEach(async () => {
    writeLayout(join(folder, 'in'), [
      { manifest: index, name: 'multi' },
      { manifest: signature.manifest },
      { manifest: image.manifest, name: '1.0' },
    ]);
    await importFrom(new FolderTree(join(folder, 'in')));
  });

  it('writes what comes in again as it was', async () => {
    expect(await exportTo(out(), 'all', true)).toEqual([]);
    expect(entriesOf(out()).map(({ digest, annotations }) => [digest, annotations])).toEqual([
      [image.manifest.digest, { 'org.opencontainers.image.ref.name': '1.0' }],
      [index.digest, { 'org.opencontainers.image.ref.name': 'multi' }],
      [signature.manifest.digest, undefined],
    ]);
    expect(readdirSync(join(out(), 'blobs/sha256')).toSorted()).toEqual(
      readdirSync(join(folder, 'in/blobs/sha256')).toSorted(),
    );
  });

  it('adds to a layout, moves a name, and writes again what is spoilt there', async () => {
    await exportTo(out(), ['1.0']);
    const spoilt = join(out(), 'blobs', image.manifest.digest.replace(':', '/'));
    writeFileSync(spoilt, readFileSync(spoilt).fill(0, 0, 1));
    await exportTo(out(), ['multi', signature.manifest.digest]);
    await exportTo(out(), [signature.manifest.digest, '1.0']);
    expect(
      entriesOf(out())
        .map(({ digest }) => digest)
        .toSorted(),
    ).toEqual([image.manifest.digest, index.digest, signature.manifest.digest].toSorted());
    expect(readFileSync(spoilt)).toEqual(Buffer.from(image.manifest.bytes));
  });

  it('writes where it is told to, and not where links lead', async () => {
    await exportTo(out(), ['1.0']);
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'mine');
    symlinkSync(elsewhere, join(out(), 'index.json.partial'));
    symlinkSync(elsewhere, join(out(), 'blobs', `${index.digest.replace(':', '/')}.partial`));
    await exportTo(out(), ['multi']);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
    expect(entriesOf(out())).toHaveLength(2);
  });

  it('says that it cannot write there', async () => {
    writeFileSync(out(), 'a file');
    expect(await exportTo(out(), ['1.0']).catch((error: unknown) => error)).toBeInstanceOf(MovingError);
  });

  it('touches no folder that holds something else', async () => {
    mkdirSync(out());
    writeFileSync(join(out(), 'index.json'), 'mine');
    expect(await exportTo(out(), 'all').catch((error: unknown) => error)).toBeInstanceOf(MovingError);
    expect(readdirSync(out())).toEqual(['index.json']);
  });
});
