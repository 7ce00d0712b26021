import { afterEach, beforeEach, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { openFilledRegistry, smallImage, type FilledRegistry } from '../../test/support/filled-registry.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { Deletions } from '../registry/deletions.ts';
import { ManifestCache } from '../registry/manifest-cache.ts';
import { Rules } from '../registry/rules/rules.ts';
import { verify } from './verification.ts';

let registry: FilledRegistry;

beforeEach(async () => {
  registry = await openFilledRegistry();
});

afterEach(() => registry[Symbol.asyncDispose]());

async function kinds(repair = false): Promise<readonly string[]> {
  const parts = {
    db: registry.db,
    store: registry.store,
    now: () => new Date(),
    rules: { requireBlobs: true, requireIndexChildren: false },
    leftoverSeconds: () => 0,
    onRepaired: () => undefined,
  };
  const found: string[] = [];
  const events = verify(parts, { full: true, repair, signal: new AbortController().signal });
  for await (const event of events) if (event.event === 'finding') found.push(event.finding.kind);
  return found;
}

function deletions(): Deletions {
  const { db } = registry;
  const far = new Date(Date.now() + 10_000_000);
  return new Deletions({ db, cache: new ManifestCache(0), rules: new Rules({ db }), graceSeconds: 0, now: () => far });
}

it('finds nothing wrong with what is in the trash', async () => {
  const image = smallImage();
  await registry.pushImage('team/app', image, 'v1');
  await registry.pushImage('team/whole', smallImage(), 'v1');
  await deletions().deleteManifest(parseRepositoryName('team/app'), parseDigest(image.manifest.digest), SOMEBODY);
  await deletions().deleteRepository(parseRepositoryName('team/whole'), SOMEBODY);
  expect(await kinds()).toEqual([]);
});

it('tells of a deleted manifest that lost its bytes, or a blob, and forgets it when it repairs', async () => {
  const image = smallImage();
  await registry.pushImage('team/app', image, 'v1');
  await deletions().deleteManifest(parseRepositoryName('team/app'), parseDigest(image.manifest.digest), SOMEBODY);
  const layer = image.blobs.at(-1)?.digest ?? '';
  await registry.db.transaction(async (tx) => {
    await tx.build((db) => db.deleteFrom('manifest_contents').where('digest', '=', parseDigest(image.manifest.digest)));
    await tx.build((db) => db.deleteFrom('blobs').where('digest', '=', parseDigest(layer)));
  });
  expect((await kinds(true)).filter((kind) => kind !== 'leftover')).toEqual(['trash-dangling', 'trash-dangling']);
  expect((await kinds()).filter((kind) => kind !== 'leftover')).toEqual([]);
});
