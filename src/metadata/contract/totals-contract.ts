import { describe, expect, it } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { saveBlob } from '../blobs.ts';
import type { Database, Transaction } from '../database.ts';
import { saveLink } from '../links.ts';
import { saveEdges } from '../manifest-edges.ts';
import { saveManifest } from '../manifests.ts';
import { ensureRepository } from '../repositories.ts';
import { saveTag } from '../tags.ts';
import { countEverything } from '../totals.ts';
import { countYoungUnnamedBlobs, countYoungUntaggedManifests } from '../young-garbage.ts';
import type { OpenDatabase } from './database-contract.ts';

const OLD = new Date('2026-01-02T03:00:00Z');
const SINCE = new Date('2026-01-02T04:00:00Z');
const YOUNG = new Date('2026-01-02T05:00:00Z');

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

async function pushBlob(tx: Transaction, repositoryId: number, text: string, now: Date): Promise<void> {
  await saveBlob(tx, { digest: digest(text), size: text.length, storageKey: `key-of-${text}` }, now);
  await saveLink(tx, { repositoryId, digest: digest(text) }, now);
}

interface Pushed {
  readonly repositoryId: number;
  readonly text: string;
  readonly now: Date;
  readonly subject?: string;
}

async function pushManifest(tx: Transaction, { repositoryId, text, now, subject }: Pushed): Promise<void> {
  const row = {
    repositoryId,
    digest: digest(text),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: text.length,
    artifactType: null,
    subject: subject === undefined ? null : digest(subject),
    annotations: null,
    depth: 0,
    expiresAt: null,
  };
  await saveManifest(tx, row, new TextEncoder().encode(text), now);
}

/** What every engine must answer about how much there is, and how much of it is too young to go. */
export function totalsContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const within = (test: (tx: Transaction, repositoryId: number) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db: Database = await open();
      await db.transaction(async (tx) => test(tx, await ensureRepository(tx, parseRepositoryName('team/app'), OLD)));
      await db.close();
    });

  describe(`${engine}, asked how much there is`, () => {
    it(
      'counts nothing in what is new',
      withDatabase(async (open) => {
        const db = await open();
        const nothing = {
          repositories: 0,
          tags: 0,
          manifests: 0,
          blobs: 0,
          uploads: 0,
          users: 0,
          tokens: 0,
          grants: 0,
        };
        expect(await countEverything(db)).toEqual({ ...nothing, blobBytes: 0 });
        await db.close();
      }),
    );

    it(
      'counts each kind',
      within(async (tx, repositoryId) => {
        await pushBlob(tx, repositoryId, 'one', OLD);
        await pushBlob(tx, repositoryId, 'three', OLD);
        await pushManifest(tx, { repositoryId, text: 'manifest', now: OLD });
        const counted = await countEverything(tx);
        expect(counted).toMatchObject({ repositories: 1, tags: 0, manifests: 1, blobs: 2, blobBytes: 8 });
      }),
    );
  });

  describe(`${engine}, asked for blobs that are garbage but young`, () => {
    it(
      'counts those pushed since, and those linked again since',
      within(async (tx, repositoryId) => {
        await pushBlob(tx, repositoryId, 'young', YOUNG);
        await pushBlob(tx, repositoryId, 'renewed', OLD);
        await saveLink(tx, { repositoryId, digest: digest('renewed') }, YOUNG);
        await pushBlob(tx, repositoryId, 'old', OLD);
        expect(await countYoungUnnamedBlobs(tx, SINCE)).toEqual({ count: 2, bytes: 12 });
      }),
    );

    it(
      'leaves out what a manifest of a repository that has it names',
      within(async (tx, repositoryId) => {
        const elsewhere = await ensureRepository(tx, parseRepositoryName('other'), OLD);
        await pushBlob(tx, repositoryId, 'layer', YOUNG);
        await saveEdges(tx, elsewhere, digest('manifest'), [{ kind: 'blob', digest: digest('layer') }]);
        expect(await countYoungUnnamedBlobs(tx, SINCE)).toEqual({ count: 1, bytes: 5 });
        await saveLink(tx, { repositoryId: elsewhere, digest: digest('layer') }, OLD);
        expect(await countYoungUnnamedBlobs(tx, SINCE)).toEqual({ count: 0, bytes: 0 });
      }),
    );
  });

  it(
    `${engine}, asked for manifests that are garbage but young, leaves out what a tag, an index or a subject keeps`,
    within(async (tx, repositoryId) => {
      for (const text of ['garbage', 'tagged', 'child']) await pushManifest(tx, { repositoryId, text, now: YOUNG });
      await pushManifest(tx, { repositoryId, text: 'signature', now: YOUNG, subject: 'tagged' });
      await pushManifest(tx, { repositoryId, text: 'old', now: OLD });
      await saveTag(tx, { repositoryId, tag: parseTag('v1'), digest: digest('tagged') }, YOUNG);
      await saveEdges(tx, repositoryId, digest('tagged'), [{ kind: 'manifest', digest: digest('child') }]);
      expect(await countYoungUntaggedManifests(tx, SINCE)).toBe(1);
    }),
  );
}
