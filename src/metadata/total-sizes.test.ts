import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import type { Digest } from '../oci/digest.ts';
import { OCI_MANIFEST } from '../oci/media-types.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import type { Database } from './database.ts';
import { insertBlobs, insertManifests, saveLinks } from './many-rows.ts';
import type { ManifestEdge } from './manifest-edges.ts';
import { ensureRepository } from './repositories.ts';
import { measureTotals } from './total-sizes.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const MANIFEST_BYTES = 1000;

let folder: string;
let db: Database;
let repositoryId: number;

beforeEach(async () => {
  folder = temporaryFolder('total-sizes');
  db = await openTestDatabase(folder);
  repositoryId = await db.transaction((tx) => ensureRepository(tx, parseRepositoryName('team/app'), NOW));
});

afterEach(async () => {
  await db.close();
  removeFolder(folder);
});

function digestOf(number: number): Digest {
  return `sha256:${number.toString(16).padStart(64, '0')}` as Digest;
}

/** Names so many layers of a byte from the first one, and these manifests. */
async function save(digest: Digest, layers: number, children: readonly Digest[] = [], first = 0): Promise<void> {
  const blobs = Array.from({ length: layers }, (_, place) => digestOf(1_000_000 + first + place));
  const edges: ManifestEdge[] = [
    ...blobs.map((blob) => ({ kind: 'blob' as const, digest: blob })),
    ...children.map((child) => ({ kind: 'manifest' as const, digest: child })),
  ];
  const facts = { mediaType: OCI_MANIFEST, artifactType: null, subject: null, annotations: null, expiresAt: null };
  const row = { ...facts, repositoryId, digest, size: MANIFEST_BYTES, depth: 0 };
  await db.transaction(async (tx) => {
    await insertBlobs(
      tx,
      blobs.map((blob) => ({ digest: blob, size: 1, storageKey: blob })),
      NOW,
    );
    await saveLinks(tx, repositoryId, blobs, NOW);
    await insertManifests(tx, [{ row, bytes: new Uint8Array(0), edges }], NOW);
  });
}

async function measured(digests: readonly Digest[]): Promise<readonly (number | undefined)[]> {
  const totals = await measureTotals(db, repositoryId, digests);
  return digests.map((digest) => totals.get(digest));
}

describe('how much belongs to manifests', () => {
  it('is each content once, of children at any level too, and nothing of what is not here', async () => {
    const [top, index, one, other, absent] = [1, 2, 3, 4, 5].map(digestOf) as [Digest, Digest, Digest, Digest, Digest];
    await save(one, 10);
    await save(other, 10, [], 5);
    await save(index, 0, [one, other, absent]);
    await save(top, 0, [index, one]);
    const expected = [4 * MANIFEST_BYTES + 15, 3 * MANIFEST_BYTES + 15, MANIFEST_BYTES + 10, undefined];
    expect(await measured([top, index, one, absent])).toEqual(expected);
  });

  it('is not said where that is very much: of the first ones it is', async () => {
    const digests = Array.from({ length: 25 }, (_, place) => digestOf(place + 1));
    for (const [place, digest] of digests.entries()) await save(digest, place === 15 ? 13_000 : 100);
    const ofSmall = MANIFEST_BYTES + 100;
    const expected = digests.map((_, place) => (place < 10 ? ofSmall : undefined));
    expect(await measured(digests)).toEqual(expected);
    expect(await measured(digests.slice(16))).toEqual(digests.slice(16).map(() => ofSmall));
  });

  it('is not said of an index whose children have very much', async () => {
    const [index, ...children] = [1, 2, 3].map(digestOf) as [Digest, Digest, Digest];
    for (const child of children) await save(child, 7000);
    await save(index, 0, children);
    expect(await measured([index])).toEqual([undefined]);
    expect(await measured(children.slice(0, 1))).toEqual([MANIFEST_BYTES + 7000]);
  });
});
