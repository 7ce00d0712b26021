import { describe, expect, it } from 'bun:test';
import { imageOf, indexOf, randomBlob } from '../../test/support/image.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';
import { findLastPull, type LastPull } from '../metadata/pulls.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { Pulls } from './pulls.ts';

const A = parseRepositoryName('a');
const ADA = { id: 'user:ada', name: 'ada' };
const BOB = { id: 'user:bob', name: 'bob' };
const DIGESTS = ['1', '2', '3'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`));
const [ONE, TWO, THREE] = DIGESTS as [never, never, never];

async function lastPull({ db }: RegistryUnderTest, digest: string): Promise<LastPull | undefined> {
  const repositoryId = await findRepositoryId(db, A);
  return repositoryId === undefined ? undefined : findLastPull(db, repositoryId, parseDigest(digest));
}

function pullsOf({ db, clock, failures }: RegistryUnderTest, more: { mostRemembered?: number } = {}): Pulls {
  return new Pulls({ db, now: clock.now, flushSeconds: 3600, onFailure: (error) => failures.push(error), ...more });
}

describe('pulls', () => {
  it('of an index and of the image in it are both written down, and a HEAD is none', async () => {
    await using registry = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    await registry.client.pushImage('a', image);
    const index = indexOf([image.manifest]);
    await registry.client.pushManifest('a', index, 'v1');
    await registry.client.send('HEAD', '/v2/a/manifests/v1');
    await registry.pulls.flush();
    expect(await lastPull(registry, index.digest)).toBeUndefined();
    // From the database, from memory, and as one who has it already.
    await registry.client.pullManifest('a', 'v1');
    await registry.client.pullManifest('a', 'v1');
    const headers = { 'if-none-match': index.digest };
    expect((await registry.client.send('GET', '/v2/a/manifests/v1', { headers })).status).toBe(304);
    await registry.client.pullManifest('a', image.manifest.digest);
    await registry.pulls.flush();
    const { principal } = await registry.auth.authenticator.identify(registry.authorization, { source: '192.0.2.1' });
    const by = { principalId: principal.id, principalName: principal.name, pulledAt: registry.clock.now() };
    expect(await lastPull(registry, index.digest)).toEqual({ ...by, count: 3 });
    expect(await lastPull(registry, image.manifest.digest)).toEqual({ ...by, count: 1 });
  });

  it('add up, and the last of several nodes is the latest', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('a', imageOf([randomBlob(10)]));
    const [here, there] = [pullsOf(registry), pullsOf(registry)];
    here.note(A, ONE, ADA);
    const noon = registry.clock.now();
    registry.clock.advance(60);
    there.note(A, ONE, BOB);
    const later = registry.clock.now();
    await there.flush();
    await here.flush();
    expect(await lastPull(registry, ONE)).toEqual({
      principalId: BOB.id,
      principalName: BOB.name,
      pulledAt: later,
      count: 2,
    });
    expect(later.getTime()).toBeGreaterThan(noon.getTime());
  });

  it('are written sooner when there are many, and lost of what is not here any more', async () => {
    await using registry = await openRegistry();
    await registry.client.pushImage('a', imageOf([randomBlob(10)]));
    const pulls = pullsOf(registry, { mostRemembered: 2 });
    for (const digest of [ONE, TWO, THREE]) pulls.note(A, digest, ADA);
    pulls.note(parseRepositoryName('gone'), ONE, ADA);
    await pulls.flush();
    for (const digest of [ONE, TWO, THREE]) expect((await lastPull(registry, digest))?.count).toBe(1);
  });

  it('that cannot be written keep nobody waiting, and take no more memory', async () => {
    await using registry = await openRegistry();
    const failures: unknown[] = [];
    const db = { ...registry.db, all: () => Promise.reject(new Error('no database')) };
    const pulls = new Pulls({
      db,
      now: registry.clock.now,
      flushSeconds: 3600,
      onFailure: (error) => failures.push(error),
    });
    pulls.note(A, ONE, ADA);
    await pulls.flush();
    expect(failures).toHaveLength(1);
  });
});
