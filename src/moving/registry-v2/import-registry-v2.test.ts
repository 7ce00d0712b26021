import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import {
  contentOf,
  descriptorOf,
  digestOf,
  documentOf,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
} from '../../../test/support/image.ts';
import { openMovingRegistry, TAKE_ALL, type MovingRegistry } from '../../../test/support/moving.ts';
import { RegistryV2Tree } from '../../../test/support/registry-v2-tree.ts';
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1_SIGNED,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../oci/media-types.ts';
import { findImageDetails } from '../../metadata/image-details.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { listTagMoves } from '../../metadata/tag-moves.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTag } from '../../oci/tag.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { RuleBook } from '../../registry/rules/rule-book.ts';
import { MovingError } from '../taking.ts';
import { Tally, type Finding, type MovingReport } from '../tally.ts';
import { FolderTree } from '../folder-tree.ts';
import { importRegistryV2, type RegistryV2Import } from './import-registry-v2.ts';

let here: MovingRegistry;
let tree: RegistryV2Tree;

beforeEach(async () => {
  here = await openMovingRegistry();
  tree = new RegistryV2Tree(temporaryFolder('tree'));
});

afterEach(async () => {
  await here[Symbol.asyncDispose]();
  removeFolder(tree.folder);
});

interface Imported extends MovingReport {
  readonly findings: readonly Finding[];
}

async function importAll(
  options: Partial<Omit<RegistryV2Import['options'], 'repositories'>> & { repositories?: string } = {},
  more: { folder?: string; signal?: AbortSignal } = {},
): Promise<Imported> {
  const findings: Finding[] = [];
  const tally = new Tally((finding) => void findings.push(finding));
  const repositories = parseRepositoryPattern(options.repositories ?? '**');
  await importRegistryV2({
    parts: here.parts,
    tree: new FolderTree(more.folder ?? tree.folder),
    options: { ...TAKE_ALL, into: '', ...options, repositories },
    tally,
    signal: more.signal ?? new AbortController().signal,
  });
  return { ...tally.report(), findings };
}

describe('importing a tree of registry:2', () => {
  it('brings manifests, tags and blobs, and links their files', async () => {
    const layer = randomBlob(100_000);
    const image = imageOf([layer]);
    tree.addImage('team/app', image, '1.0', 'latest');
    const { findings, ...report } = await importAll();
    expect(findings).toEqual([]);
    expect(report).toMatchObject({
      imported: { repositories: 1, manifests: 1, tags: 2, blobs: 2 },
      ways: { linked: 2, copied: 0 },
      skipped: { manifests: 0, tags: 0 },
      broken: 0,
    });
    expect(await here.tags('team/app')).toEqual(['1.0', 'latest']);
    expect(await here.digestOf('team/app', 'latest')).toBe(image.manifest.digest);
    expect(await here.pullBlob('team/app', layer.digest)).toEqual(layer.bytes);
    expect(statSync(tree.blobPath(layer.digest)).nlink).toBe(2);
  });

  it.each(['', 'docker', 'docker/registry', 'docker/registry/v2'])('begins at /var/lib/registry/%s', async (below) => {
    tree.addImage('app', imageOf([randomBlob(10)]), '1');
    expect((await importAll({}, { folder: join(tree.folder, below) })).imported.tags).toBe(1);
  });

  it('says that a folder is none of registry:2', async () => {
    const elsewhere = importAll({}, { folder: join(tree.folder, 'docker/registry/v2/repositories') });
    expect(await elsewhere.catch((error: unknown) => error)).toBeInstanceOf(MovingError);
  });

  it('brings indexes within indexes, whatever the order of their digests', async () => {
    const images = Array.from({ length: 4 }, () => imageOf([randomBlob(10)]));
    for (const image of images) tree.addImage('multi', image);
    const manifests = images.map(({ manifest }) => manifest);
    const inner = indexOf(manifests.slice(0, 2));
    const middle = indexOf([inner, ...manifests.slice(2)]);
    const outer = indexOf([middle]);
    for (const index of [outer, middle, inner]) tree.addManifest('multi', index);
    tree.write(tree.tagPath('multi', 'all'), outer.digest);
    const { imported, broken } = await importAll();
    expect({ imported, broken }).toMatchObject({ imported: { manifests: 7, tags: 1 }, broken: 0 });
    expect(await here.digestOf('multi', 'all')).toBe(outer.digest);
  });

  it('brings referrers, and layers that no manifest names', async () => {
    const image = imageOf([randomBlob(10)]);
    const signature = imageOf([randomBlob(20)], { subject: descriptorOf(image.manifest), artifactType: 'a/signature' });
    const loose = randomBlob(30);
    tree.addImage('app', signature);
    tree.addImage('app', image, '1');
    tree.addBlob('app', loose);
    expect((await importAll()).broken).toBe(0);
    expect(await here.digestOf('app', signature.manifest.digest)).toBe(signature.manifest.digest);
    expect(await here.pullBlob('app', loose.digest)).toEqual(loose.bytes);
  });

  it('tells what a manifest is where it does not say so', async () => {
    const config = documentOf(DOCKER_CONFIG, { os: 'linux' });
    const layer = randomBlob(10);
    for (const blob of [config, layer]) tree.addBlob('types', blob);
    const docker = documentOf('', { schemaVersion: 2, config: descriptorOf(config), layers: [descriptorOf(layer)] });
    const oci = documentOf('', { schemaVersion: 2, config: { ...descriptorOf(config), mediaType: 'a/b' }, layers: [] });
    const index = documentOf('', { schemaVersion: 2, manifests: [{ ...descriptorOf(oci), mediaType: OCI_MANIFEST }] });
    for (const manifest of [docker, oci, index]) tree.addManifest('types', manifest);
    expect((await importAll()).broken).toBe(0);
    const typeOf = async ({ digest }: Content): Promise<string> =>
      (await here.manifests.get(parseRepositoryName('types'), parseTagOrDigest(digest))).mediaType;
    expect([await typeOf(docker), await typeOf(oci), await typeOf(index)]).toEqual([
      DOCKER_MANIFEST,
      OCI_MANIFEST,
      OCI_INDEX,
    ]);
  });

  it('takes what matches a pattern, below a name', async () => {
    for (const name of ['team/app', 'team/web/api', 'other']) tree.addImage(name, imageOf([randomBlob(10)]), '1');
    const { imported } = await importAll({ repositories: 'team/**', into: 'old/registry' });
    expect(imported).toMatchObject({ repositories: 2, tags: 2 });
    expect(await here.tags('old/registry/team/web/api')).toEqual(['1']);
    expect(await here.tags('old/registry/other')).toEqual([]);
  });

  it('copies where it is told to, and links nothing', async () => {
    const layer = randomBlob(10);
    tree.addImage('app', imageOf([layer]), '1');
    expect((await importAll({ transfer: 'copy' })).ways).toMatchObject({ linked: 0, copied: 2 });
    expect(statSync(tree.blobPath(layer.digest)).nlink).toBe(1);
    expect(await here.pullBlob('app', layer.digest)).toEqual(layer.bytes);
  });

  it('changes nothing in a dry run, and says the same as the run would', async () => {
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    for (const [number, image] of images.entries()) tree.addImage('app', image, `t${number}`);
    tree.addManifest('app', indexOf(images.map(({ manifest }) => manifest)), 'all');
    const rehearsed = await importAll({ dryRun: true });
    expect(await here.tags('app')).toEqual([]);
    const { imported } = await importAll();
    expect(rehearsed.imported).toEqual(imported);
  });
});

describe('importing again', () => {
  it('skips what is here', async () => {
    tree.addImage('app', imageOf([randomBlob(10)]), '1', '2');
    await importAll();
    const again = await importAll();
    expect(again.imported).toMatchObject({ manifests: 0, tags: 0, blobs: 0 });
    expect(again.skipped).toEqual({ manifests: 1, tags: 2 });
  });

  it('keeps a tag that names something else here, unless told otherwise', async () => {
    const [mine, theirs] = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    tree.addImage('app', mine, 'latest');
    await importAll();
    tree.addImage('app', theirs, 'latest');
    const { kept, broken, findings } = await importAll();
    expect({ kept, broken }).toEqual({ kept: 1, broken: 0 });
    expect(findings).toMatchObject([{ kind: 'kept', repository: 'app', item: 'latest' }]);
    expect(await here.digestOf('app', 'latest')).toBe(mine.manifest.digest);
    await importAll({ overwriteTags: true });
    expect(await here.digestOf('app', 'latest')).toBe(theirs.manifest.digest);
  });

  it('moves no tag that a rule keeps, and says so', async () => {
    const [mine, theirs] = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    tree.addImage('app', mine, 'latest');
    tree.addImage('app', mine, 'main');
    await importAll();
    const book = new RuleBook({ db: here.parts.db, rules: here.parts.repositoryRules, now: () => new Date() });
    await book.add({ kind: 'immutable', pattern: '**', settings: { tags: ['latest'], except: [] } }, SOMEBODY);
    for (const tag of ['latest', 'main']) tree.addImage('app', theirs, tag);
    for (const dryRun of [true, false]) {
      const { broken, findings, imported } = await importAll({ overwriteTags: true, dryRun });
      expect({ broken, tags: imported.tags }).toEqual({ broken: 1, tags: 1 });
      expect(findings).toMatchObject([
        { kind: 'tag', item: 'latest', reason: expect.stringContaining('is immutable') },
      ]);
    }
    expect(await here.digestOf('app', 'latest')).toBe(mine.manifest.digest);
    expect(await here.digestOf('app', 'main')).toBe(theirs.manifest.digest);
  });

  it('writes down where tags were, and what images say of themselves', async () => {
    const [mine, theirs] = [imageOf([randomBlob(10)]), imageOf([randomBlob(10)])];
    tree.addImage('app', mine, 'latest');
    await importAll({ actor: SOMEBODY });
    tree.addImage('app', theirs, 'latest');
    await importAll({ overwriteTags: true });
    const { db } = here.parts;
    const repositoryId = (await findRepositoryId(db, parseRepositoryName('app'))) ?? 0;
    const moves = await listTagMoves(db, { repositoryId, tag: parseTag('latest') }, { limit: 10 });
    expect(moves).toMatchObject([
      { from: mine.manifest.digest, to: theirs.manifest.digest, cause: 'import', principalName: 'havre' },
      { from: null, to: mine.manifest.digest, cause: 'import', principalName: SOMEBODY.principalName },
    ]);
    const details = await findImageDetails(db, parseDigest(mine.manifest.digest));
    expect(details?.platform).toBe('linux/amd64');
  });

  it('goes on where it was stopped', async () => {
    for (let number = 0; number < 250; number += 1) {
      tree.addImage('app', imageOf([contentOf('a/b', new TextEncoder().encode(`layer ${number}`))]), `t${number}`);
    }
    const stop = new AbortController();
    let recorded = 0;
    // Each transaction asks for the time.
    const now = (): Date => {
      recorded += 1;
      if (recorded > 2) stop.abort();
      return new Date();
    };
    const tally = new Tally(() => undefined);
    const running = importRegistryV2({
      parts: { ...here.parts, now },
      tree: new FolderTree(tree.folder),
      options: { ...TAKE_ALL, into: '', repositories: parseRepositoryPattern('**') },
      tally,
      signal: stop.signal,
    });
    expect(await running.catch((error: unknown) => error)).toMatchObject({ name: 'AbortError' });
    const rest = await importAll();
    expect(rest.skipped.manifests).toBeGreaterThan(0);
    expect(rest.skipped.manifests + rest.imported.manifests).toBe(250);
    expect(await here.tags('app')).toHaveLength(250);
  });
});

describe('a damaged tree', () => {
  it('has an end, also when its folders link to each other', async () => {
    tree.addImage('app', imageOf([randomBlob(10)]), '1');
    tree.addImage('other', imageOf([randomBlob(10)]), '1');
    const repositories = join(tree.folder, 'docker/registry/v2/repositories');
    symlinkSync('..', join(repositories, 'app/up'));
    symlinkSync('nowhere', join(repositories, 'dangling'));
    symlinkSync('itself', join(repositories, 'itself'));
    symlinkSync('../other', join(repositories, 'app/there'));
    symlinkSync('../app', join(repositories, 'other/here'));
    const { broken, findings } = await importAll();
    expect({ broken, findings }).toEqual({ broken: 0, findings: [] });
    expect(await here.tags('other')).toEqual(['1']);
  });

  it('brings all that is whole, and says what is not', async () => {
    const whole = imageOf([randomBlob(10)]);
    const [lost, spoilt] = [randomBlob(20), randomBlob(30)];
    const [withLost, withSpoilt] = [imageOf([lost]), imageOf([spoilt])];
    tree.addImage('app', whole, 'whole');
    tree.addImage('app', withLost, 'lost');
    tree.addImage('app', withSpoilt, 'spoilt');
    tree.remove(tree.blobPath(lost.digest));
    const other = randomBlob(30);
    tree.write(tree.blobPath(spoilt.digest), other.bytes);
    const { findings, imported } = await importAll();
    expect(imported).toMatchObject({ manifests: 1, tags: 1 });
    expect(await here.tags('app')).toEqual(['whole']);
    const reasons = Object.fromEntries(findings.map(({ item, reason }) => [item, reason]));
    expect(reasons).toMatchObject({
      [lost.digest]: 'The blob was not imported: its bytes are missing in the source.',
      [spoilt.digest]: `The blob was not imported: its bytes are ${other.digest}.`,
      [withLost.manifest.digest]:
        `The manifest was not imported: it needs ${lost.digest}, and its bytes are missing in the source.`,
      lost: `The tag was not imported: its manifest ${withLost.manifest.digest} was not.`,
      spoilt: `The tag was not imported: its manifest ${withSpoilt.manifest.digest} was not.`,
    });
  });

  it('names dangling tags and revisions, manifests that cannot be read, and names that cannot be', async () => {
    const image = imageOf([randomBlob(10)]);
    tree.addImage('app', image, 'good');
    const nowhere = digestOf(new Uint8Array([1]));
    tree.write(tree.tagPath('app', 'dangling'), nowhere);
    tree.write(tree.tagPath('app', 'torn'), 'sha256:12');
    tree.write(tree.tagPath('app', 'with space'), image.manifest.digest);
    tree.write(tree.revisionPath('app', nowhere), nowhere);
    const noJson = contentOf('a/b', new TextEncoder().encode('<html>'));
    const schema1 = documentOf(DOCKER_SCHEMA1_SIGNED, { schemaVersion: 1, fsLayers: [], history: [] });
    for (const manifest of [noJson, schema1]) tree.addManifest('app', manifest);
    tree.addImage('Team/App', image, '1');
    const { findings, imported } = await importAll();
    expect(imported).toMatchObject({ repositories: 1, manifests: 1, tags: 1 });
    const reasons = Object.fromEntries(findings.map(({ item, reason }) => [item, reason]));
    expect(reasons).toEqual({
      dangling: `The tag was not imported: its manifest ${nowhere} was not.`,
      torn: 'The tag was not imported: its link holds no digest.',
      'with space': 'The tag was not imported: no tag may be called that.',
      [nowhere]: 'The manifest was not imported: its bytes are missing in the source.',
      [noJson.digest]: 'The manifest was not imported: manifest is not JSON in UTF-8.',
      [schema1.digest]: expect.stringContaining('it is of schema 1'),
      'Team/App': 'The repository was not imported: no repository may be called that.',
    });
  });

  it('leaves out what was deleted there', async () => {
    const image = imageOf([randomBlob(10)]);
    tree.addImage('app', image);
    tree.remove(tree.revisionPath('app', image.manifest.digest));
    for (const blob of image.blobs) tree.remove(tree.layerPath('app', blob.digest));
    const { findings, imported } = await importAll();
    expect({ findings, imported }).toMatchObject({ findings: [], imported: { manifests: 0, blobs: 0 } });
  });

  it('follows no link from a blob to somewhere else, not even when blobs are trusted', async () => {
    const layer = randomBlob(10);
    tree.addImage('app', imageOf([layer]), '1');
    tree.remove(tree.blobPath(layer.digest));
    symlinkSync('/etc/hostname', tree.blobPath(layer.digest));
    expect((await importAll({ verify: 'manifests' })).findings).toContainEqual(
      expect.objectContaining({ kind: 'blob', item: layer.digest }),
    );
  });

  it('believes sizes where it is told not to hash', async () => {
    const [short, other] = [randomBlob(10), randomBlob(20)];
    tree.addImage('app', imageOf([short, other]), '1');
    tree.write(tree.blobPath(short.digest), short.bytes.subarray(1));
    const { findings } = await importAll({ verify: 'manifests' });
    expect(findings[0]?.reason).toBe('The blob was not imported: it has 9 bytes, and its manifest says 10.');
  });
});
