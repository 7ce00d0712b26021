import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/actor.ts';
import { steppedEngines } from '../../test/support/engines.ts';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { interleavedDatabase, interleavedStore, stepsOf, type Step } from '../../test/support/interleaving.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import type { Database } from '../metadata/database.ts';
import { parseDigest } from '../oci/digest.ts';
import { BlobUnknownError, DigestInvalidError, UploadOffsetError, UploadUnknownError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import type { UploadId } from '../oci/upload-id.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import type { Chunk, SessionOwner } from './uploads.ts';

const { signal } = new AbortController();

async function openSteppedRegistry(database?: () => Promise<Database>) {
  const steps = { step: (async () => undefined) as Step };
  const step: Step = (name) => steps.step(name);
  const registry = await openRegistry({
    ...(database !== undefined && { database }),
    store: (now) => interleavedStore(new MemoryStore(now), step),
    seenDatabase: (db) => interleavedDatabase(db, step),
  });
  return { registry, steps };
}

function chunkOf(bytes: Uint8Array, at?: number): Chunk {
  const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  return { body, signal, exactBytes: bytes.byteLength, ...(at !== undefined && { at }) };
}

function ownerIn(repository: RepositoryName): SessionOwner {
  return { repository, principalId: 'user:1' };
}

/** POST, PATCH of the first half, PUT with the other. */
async function pushInHalves(registry: RegistryUnderTest, repository: RepositoryName, blob: Content): Promise<void> {
  const owner = ownerIn(repository);
  const id = await registry.uploads.open(owner);
  const half = Math.floor(blob.bytes.byteLength / 2);
  await registry.uploads.append(id, owner, chunkOf(blob.bytes.subarray(0, half), 0));
  const last = chunkOf(blob.bytes.subarray(half), half);
  await registry.uploads.finish(id, owner, { digest: parseDigest(blob.digest), last, signal });
}

const ENGINES = steppedEngines('races of uploads');

describe.each(ENGINES)('pushes of one blob at once, on %s', (_engine, numRuns, database) => {
  it('all succeed, one copy stays, and a deletion takes a link or nothing, in any order of their steps', async () => {
    const { registry, steps } = await openSteppedRegistry(database);
    await using _disposed = registry;
    let run = 0;
    const property = fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, isDeleted) => {
      run += 1;
      const blob = randomBlob(100);
      const digest = parseDigest(blob.digest);
      const [here, there] = [parseRepositoryName(`here-${run}`), parseRepositoryName(`there-${run}`)];
      steps.step = stepsOf(scheduler);
      const pushes = [
        registry.uploads.push(here, digest, chunkOf(blob.bytes)),
        registry.uploads.push(there, digest, chunkOf(blob.bytes)),
        pushInHalves(registry, here, blob),
        pushInHalves(registry, there, blob),
      ];
      const deletion = isDeleted ? registry.blobs.delete(here, digest, SOMEBODY) : Promise.resolve();
      const outcomes = await scheduler.waitFor(Promise.allSettled([deletion, ...pushes]));
      steps.step = async () => undefined;
      const [deleted, ...pushed] = outcomes;
      expect(pushed.map(({ status }) => status)).toEqual(pushed.map(() => 'fulfilled'));
      if (deleted?.status === 'rejected') expect(deleted.reason).toBeInstanceOf(BlobUnknownError);
      expect(await registry.client.pullBlob(there, blob.digest)).toEqual(blob.bytes);
      const reply = await registry.client.send('GET', `/v2/${here}/blobs/${digest}`);
      if (!isDeleted || deleted?.status === 'rejected') expect(reply.status).toBe(200);
      // What is linked can be read.
      expect([200, 404]).toContain(reply.status);
      if (reply.status === 200) expect(await reply.bytes()).toEqual(blob.bytes);
      expect(await registry.store.usage()).toEqual({ bytes: 100 * run, files: run });
    });
    await fc.assert(property, { numRuns, endOnFailure: true });
  }, 120_000);
});

/** One request to a session, and what it may meet besides success. */
const ALLOWED = [UploadOffsetError, UploadUnknownError, DigestInvalidError];

describe.each(ENGINES)('requests to one session at once, on %s', (_engine, numRuns, database) => {
  it('each succeed or are told why not, and what is committed is what was asked for, in any order', async () => {
    const { registry, steps } = await openSteppedRegistry(database);
    await using _disposed = registry;
    let run = 0;
    const kinds = fc.array(fc.constantFrom('first', 'second', 'stream', 'finish', 'status', 'cancel'), {
      minLength: 2,
      maxLength: 5,
    });
    const property = fc.asyncProperty(fc.scheduler(), kinds, async (scheduler, requests) => {
      run += 1;
      const blob = randomBlob(100);
      const digest = parseDigest(blob.digest);
      const owner = ownerIn(parseRepositoryName(`session-${run}`));
      const id: UploadId = await registry.uploads.open(owner);
      const send = async (request: (typeof requests)[number]): Promise<unknown> => {
        switch (request) {
          case 'first':
            return registry.uploads.append(id, owner, chunkOf(blob.bytes.subarray(0, 50), 0));
          case 'second':
            return registry.uploads.append(id, owner, chunkOf(blob.bytes.subarray(50), 50));
          case 'stream':
            return registry.uploads.append(id, owner, chunkOf(blob.bytes));
          case 'finish':
            return registry.uploads.finish(id, owner, { digest, last: undefined, signal });
          case 'status':
            return registry.uploads.offset(id, owner);
          case 'cancel':
            return registry.uploads.cancel(id, owner, signal);
        }
      };
      steps.step = stepsOf(scheduler);
      const outcomes = await scheduler.waitFor(Promise.allSettled(requests.map(send)));
      steps.step = async () => undefined;
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        const reason: unknown = outcome.reason;
        if (!ALLOWED.some((allowed) => reason instanceof allowed)) throw reason;
      }
      const isFinished = outcomes.some(({ status }, index) => status === 'fulfilled' && requests[index] === 'finish');
      const reply = await registry.client.send('GET', `/v2/${owner.repository}/blobs/${digest}`);
      expect(reply.status).toBe(isFinished ? 200 : 404);
      if (isFinished) expect(await reply.bytes()).toEqual(blob.bytes);
      else await registry.uploads.cancel(id, owner, signal).catch(() => undefined);
      expect(await Array.fromAsync(registry.store.listIdle(-1))).toEqual([]);
    });
    await fc.assert(property, { numRuns, endOnFailure: true });
  }, 120_000);
});

describe('a request that comes while another one works on the session', () => {
  /** A chunk of 50 bytes whose other half never comes, and when its first half has come: then it is at work. */
  function stalled(bytes: Uint8Array): { readonly chunk: Chunk; readonly isAtWork: Promise<void> } {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes.subarray(0, 25)) });
    const { promise: isAtWork, resolve } = Promise.withResolvers<void>();
    return { chunk: { body, signal, exactBytes: 50, at: 0, onProgress: () => resolve() }, isAtWork };
  }

  it('takes over: the other one is told where the session stands, and what arrived of it stays', async () => {
    await using registry = await openRegistry();
    const blob = randomBlob(50);
    const owner = ownerIn(parseRepositoryName('a'));
    const id = await registry.uploads.open(owner);
    const { chunk, isAtWork } = stalled(blob.bytes);
    const first = registry.uploads.append(id, owner, chunk).catch((error: unknown) => error);
    await isAtWork;
    // Wherever the first one was interrupted, a client that resumes is told where to go on.
    const offset = await registry.uploads.append(id, owner, chunkOf(new Uint8Array(), 99)).catch((error: unknown) => {
      if (error instanceof UploadOffsetError) return error.offset;
      throw error;
    });
    expect(await first).toMatchObject({ status: 416, offset });
    const last = chunkOf(blob.bytes.subarray(offset), offset);
    await registry.uploads.finish(id, owner, { digest: parseDigest(blob.digest), last, signal });
    expect(await registry.client.pullBlob('a', blob.digest)).toEqual(blob.bytes);
  });

  it('cancels it, if that is what it asks for', async () => {
    await using registry = await openRegistry();
    const owner = ownerIn(parseRepositoryName('a'));
    const id = await registry.uploads.open(owner);
    const { chunk, isAtWork } = stalled(randomBlob(50).bytes);
    const first = registry.uploads.append(id, owner, chunk).catch((error: unknown) => error);
    await isAtWork;
    await registry.uploads.cancel(id, owner, signal);
    expect(await first).toBeInstanceOf(Error);
    expect(await registry.uploads.offset(id, owner).catch((error: unknown) => error)).toBeInstanceOf(
      UploadUnknownError,
    );
  });

  it('does not end it by expiry: somebody is at work', async () => {
    await using registry = await openRegistry();
    const owner = ownerIn(parseRepositoryName('a'));
    const id = await registry.uploads.open(owner);
    const controller = new AbortController();
    const { chunk, isAtWork } = stalled(randomBlob(50).bytes);
    const first = registry.uploads
      .append(id, owner, { ...chunk, signal: controller.signal })
      .catch((error: unknown) => error);
    await isAtWork;
    expect(await registry.uploads.expire(id, registry.clock.now())).toBe(false);
    controller.abort();
    await first;
    expect(await registry.uploads.expire(id, registry.clock.now())).toBe(true);
  });
});
