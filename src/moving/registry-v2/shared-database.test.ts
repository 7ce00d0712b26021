import { describe, expect, it } from 'bun:test';
import { sharedEngines } from '../../../test/support/engines.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { descriptorOf, imageOf, indexOf, randomBlob } from '../../../test/support/image.ts';
import { openMovingRegistry, TAKE_ALL, type MovingRegistry } from '../../../test/support/moving.ts';
import { RegistryV2Tree } from '../../../test/support/registry-v2-tree.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import type { TakingOptions } from '../taking.ts';
import { Tally, type MovingReport } from '../tally.ts';
import { FolderTree } from '../folder-tree.ts';
import { importRegistryV2 } from './import-registry-v2.ts';

async function importInto(
  here: MovingRegistry,
  { folder }: RegistryV2Tree,
  options: Partial<TakingOptions> = {},
): Promise<MovingReport> {
  const tally = new Tally(() => undefined);
  await importRegistryV2({
    parts: here.parts,
    tree: new FolderTree(folder),
    options: { ...TAKE_ALL, into: '', ...options, repositories: parseRepositoryPattern('**') },
    tally,
    signal: new AbortController().signal,
  });
  return tally.report();
}

describe.each([...sharedEngines('imports')])('importing on $name', (engine) => {
  it('brings everything, skips it the next time, and moves tags only when told to', async () => {
    await using here = await openMovingRegistry(() => engine.open());
    const tree = new RegistryV2Tree(temporaryFolder('tree'));
    const images = Array.from({ length: 300 }, () => imageOf([randomBlob(20)]));
    for (const [number, image] of images.entries()) tree.addImage('team/app', image, `t${number}`);
    const index = indexOf(images.slice(0, 3).map(({ manifest }) => manifest));
    tree.addManifest('team/app', index, 'latest');
    const signature = imageOf([randomBlob(20)], { subject: descriptorOf(index), annotations: { a: 'ä' } });
    tree.addImage('team/app', signature);
    expect(await importInto(here, tree)).toMatchObject({ imported: { manifests: 302, tags: 301 }, broken: 0 });
    expect(await importInto(here, tree)).toMatchObject({
      imported: { manifests: 0, tags: 0, blobs: 0 },
      skipped: { manifests: 302, tags: 301 },
    });
    expect(await here.digestOf('team/app', 'latest')).toBe(index.digest);
    expect(await here.digestOf('team/app', signature.manifest.digest)).toBe(signature.manifest.digest);

    tree.write(tree.tagPath('team/app', 'latest'), images[0]?.manifest.digest ?? '');
    expect(await importInto(here, tree)).toMatchObject({ kept: 1, imported: { tags: 0 } });
    expect(await here.digestOf('team/app', 'latest')).toBe(index.digest);
    expect(await importInto(here, tree, { overwriteTags: true })).toMatchObject({ kept: 0, imported: { tags: 1 } });
    expect(await here.digestOf('team/app', 'latest')).toBe(images[0]?.manifest.digest);
    removeFolder(tree.folder);
  }, 60_000);

  it('may run twice at once, and nothing is lost', async () => {
    await using here = await openMovingRegistry(() => engine.open());
    const tree = new RegistryV2Tree(temporaryFolder('tree'));
    const base = randomBlob(1000);
    const images = Array.from({ length: 100 }, () => imageOf([base, randomBlob(20)]));
    for (const [number, image] of images.entries()) tree.addImage('team/app', image, `t${number}`);
    const reports = await Promise.all([importInto(here, tree), importInto(here, tree), importInto(here, tree)]);
    expect(reports.map(({ broken }) => broken)).toEqual([0, 0, 0]);
    expect(await here.tags('team/app')).toHaveLength(100);
    for (const { blobs } of images) {
      for (const { digest, bytes } of blobs) expect(await here.pullBlob('team/app', digest)).toEqual(bytes);
    }
    expect(await here.countCopies()).toBe(201);
    removeFolder(tree.folder);
  }, 60_000);
});
