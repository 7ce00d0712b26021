import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { sharedEngines } from '../../test/support/engines.ts';
import { imageOf, indexOf, randomBlob, type Content } from '../../test/support/image.ts';
import { openTwoNodes, SWEEP_DELAY_SECONDS, type Node } from '../../test/support/nodes.ts';
import { LEASES } from '../jobs/lease-names.ts';
import { releaseAllLeases } from '../metadata/leases.ts';
import { blobLock, repositoryLock } from '../metadata/locks.ts';
import { insertUpload } from '../metadata/uploads.ts';
import { parseDigest } from '../oci/digest.ts';
import { BlobUnknownError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { newUploadId } from '../oci/upload-id.ts';

const A = parseRepositoryName('a');
const HOUR = 3600;
const { signal } = new AbortController();
const ENGINES = sharedEngines('garbage collection of many nodes').map((engine) => [engine.name, engine] as const);

async function pushBlob({ uploads }: Node, { digest, bytes }: Content): Promise<void> {
  await uploads.push(A, parseDigest(digest), { body: new Blob([bytes.slice()]).stream(), signal });
}

function failureOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(ENGINES)('garbage collection beside other nodes, on %s', (_name, engine) => {
  it('forgets at once, and frees bytes when nobody can be about to read them any more', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, clock } = nodes;
    const blob = randomBlob(100);
    await pushBlob(one, blob);
    clock.advance(2 * HOUR);
    const looked = await two.blobs.get(A, parseDigest(blob.digest));
    const report = await one.collect();
    expect(report).toMatchObject({ blobs: 1, bytes: 100, freedAfterSeconds: SWEEP_DELAY_SECONDS });
    expect(await failureOf(two.blobs.get(A, parseDigest(blob.digest)))).toBeInstanceOf(BlobUnknownError);
    expect(await new Response(await looked.read()).bytes()).toEqual(blob.bytes);
    clock.advance(SWEEP_DELAY_SECONDS - 1);
    await two.collect();
    expect(await filesOf(two)).toBe(1);
    clock.advance(1);
    expect(await two.collect()).toMatchObject({ blobs: 0, leftovers: 0 });
    expect(await filesOf(one)).toBe(0);
  });

  it('says beforehand what would go with an index and all that belongs to it', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, clock } = nodes;
    const images = [imageOf([randomBlob(10)]), imageOf([randomBlob(20)])];
    const index = indexOf(images.map(({ manifest }) => manifest));
    for (const { blobs } of images) for (const blob of blobs) await pushBlob(one, blob);
    for (const { digest, bytes, mediaType } of [...images.map(({ manifest }) => manifest), index]) {
      const pushed = { bytes, contentType: mediaType, extraTags: [] };
      await one.manifests.put(A, { digest: parseDigest(digest) }, pushed, SOMEBODY);
    }
    clock.advance(2 * HOUR);
    const foreseen = await two.collect({ dryRun: true, purge: true });
    expect(foreseen).toMatchObject({ manifests: 3, blobs: 4 });
    expect(await one.collect({ purge: true })).toEqual({ ...foreseen, dryRun: false, purged: 1 });
  });

  it('deletes no bytes while a backup runs', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, clock } = nodes;
    await pushBlob(one, randomBlob(100));
    clock.advance(2 * HOUR);
    await one.collect();
    clock.advance(SWEEP_DELAY_SECONDS);
    const backup = await two.leases.take(LEASES.backup);
    await one.collect();
    expect(await filesOf(one)).toBe(1);
    await backup?.release();
    await one.collect();
    expect(await filesOf(one)).toBe(0);
  });

  it('is nothing that versions do which know no trash, served beside or after this one: to them another has the work', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, db } = nodes;
    const before = 'collect-garbage';
    expect(LEASES.collection).not.toBe(before);
    expect(await one.leases.take(before)).toBeUndefined();
    // As the one process of a database does when it starts.
    if (engine.name !== 'PostgreSQL') await releaseAllLeases(db);
    expect(await one.leases.take(before)).toBeUndefined();
    expect(await one.leases.take(LEASES.collection)).toBeDefined();
  });

  it('leaves what somebody is working on to the next run, and waits for nobody', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, db, clock } = nodes;
    const blob = randomBlob(100);
    await pushBlob(one, blob);
    clock.advance(2 * HOUR);
    if (engine.name === 'PostgreSQL') {
      for (const lock of [repositoryLock(A), blobLock(parseDigest(blob.digest))]) {
        await db.transaction(async (tx) => {
          await tx.lock('shared', [lock]);
          expect((await one.collect()).blobs).toBe(0);
        });
      }
    }
    // What was linked to nothing in the second of these is forgotten now.
    expect((await one.collect()).blobs).toBe(1);
  });

  it('leaves alone a copy whose session is open, however old it is', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two, db } = nodes;
    const [id, blob] = [newUploadId(), randomBlob(100)];
    const row = { id, repository: A, principalId: '' };
    await db.transaction((tx) => insertUpload(tx, row, new Date()));
    await one.store.create(id);
    await one.store.append(id, new Blob([blob.bytes.slice()]).stream(), { at: 0, signal });
    await one.store.commit(id, parseDigest(blob.digest));
    const listed = two.store.listKeys.bind(two.store);
    // As if it had been committed an hour ago, and were still being flushed.
    two.store.listKeys = async function* () {
      for await (const content of listed()) yield { ...content, ageSeconds: 2 * HOUR };
    };
    expect(await two.collect()).toMatchObject({ leftovers: 0 });
    await two.uploads.expire(id, new Date(Date.now() + HOUR * 1000));
    expect(await two.collect()).toMatchObject({ leftovers: 1, bytes: 100 });
  });
});

async function filesOf({ store }: Node): Promise<number> {
  let files = 0;
  for await (const _ of store.listKeys()) files += 1;
  return files;
}
