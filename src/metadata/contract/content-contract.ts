import { describe, expect, it } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { findBlob, listUnlinkedBlobs, saveBlob } from '../blobs.ts';
import type { Database, Transaction } from '../database.ts';
import {
  deleteLink,
  findLinkedBlob,
  findUnlinked,
  listHolders,
  listUnnamedLinks,
  renewLink,
  saveLink,
} from '../links.ts';
import { saveEdges } from '../manifest-edges.ts';
import { deleteContents, listUnnamedContents } from '../manifest-contents.ts';
import {
  deleteManifest,
  findManifest,
  findTaggedManifest,
  listReferring,
  saveManifest,
  type ManifestRow,
} from '../manifests.ts';
import { deleteRepositories, ensureRepository, listEmptyRepositories, listRepositoryNames } from '../repositories.ts';
import { deleteTag, deleteTagsOf, listTagNames, saveTag } from '../tags.ts';
import { listUntagged } from '../untagged-manifests.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const LATER = new Date('2026-01-02T04:00:00Z');
/** More rows than these tests make. */
const ALL = { after: undefined, rows: 100 };
const APP: RepositoryName = parseRepositoryName('team/app');

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

function manifestRow(repositoryId: number, text: string, more: Partial<ManifestRow> = {}): ManifestRow {
  return {
    repositoryId,
    digest: digest(text),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: text.length,
    artifactType: null,
    subject: null,
    annotations: null,
    depth: 0,
    expiresAt: null,
    ...more,
  };
}

async function pushManifest(tx: Transaction, row: ManifestRow, text: string, now = NOW): Promise<void> {
  await saveManifest(tx, row, new TextEncoder().encode(text), now);
}

async function pushBlob(tx: Transaction, repositoryId: number, text: string): Promise<void> {
  await saveBlob(tx, { digest: digest(text), size: text.length, storageKey: `key-of-${text}` }, NOW);
  await saveLink(tx, { repositoryId, digest: digest(text) }, NOW);
}

/** What every engine must answer about blobs, manifests and tags. */
export function contentContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withOne = (test: (db: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await test(db);
      await db.close();
    });

  describe(`${engine}, asked about blobs`, () => {
    it(
      'shows a blob to the repositories that link it, and to no other',
      withOne(async (db) => {
        await db.transaction(async (tx) => pushBlob(tx, await ensureRepository(tx, APP, NOW), 'layer'));
        await db.transaction((tx) => ensureRepository(tx, parseRepositoryName('other'), NOW));
        expect(await findLinkedBlob(db, APP, digest('layer'))).toEqual({
          digest: digest('layer'),
          size: 5,
          storageKey: 'key-of-layer',
          linkedAt: NOW.getTime(),
        });
        expect(await findLinkedBlob(db, parseRepositoryName('other'), digest('layer'))).toBeUndefined();
        expect(await listHolders(db, digest('layer'), 10)).toEqual([APP]);
      }),
    );

    it(
      'names the digests that a repository lacks, in the order asked for',
      withOne(async (db) => {
        const id = await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          await pushBlob(tx, repositoryId, 'here');
          return repositoryId;
        });
        const asked = [digest('z'), digest('here'), digest('a')];
        expect(await findUnlinked(db, id, asked)).toEqual([digest('z'), digest('a')]);
        expect(await findUnlinked(db, id, [])).toEqual([]);
      }),
    );

    it(
      'offers to garbage collection what is old and unnamed, and leaves what was renewed',
      withOne(async (db) => {
        await db.transaction(async (tx) => {
          const id = await ensureRepository(tx, APP, NOW);
          for (const text of ['named', 'unnamed', 'renewed']) await pushBlob(tx, id, text);
          await saveEdges(tx, id, digest('manifest'), [{ kind: 'blob', digest: digest('named') }]);
          expect(await renewLink(tx, APP, digest('renewed'), LATER)).toBe(true);
          expect(await renewLink(tx, APP, digest('nowhere'), LATER)).toBe(false);
        });
        const { found: unnamed } = await listUnnamedLinks(db, LATER, ALL);
        expect(unnamed.map((link) => link.digest)).toEqual([digest('unnamed')]);
        expect((await listUnlinkedBlobs(db, LATER, ALL)).found).toEqual([]);
        await db.transaction(async (tx) => {
          for (const link of unnamed) expect(await deleteLink(tx, link)).toBe(true);
        });
        const { found } = await listUnlinkedBlobs(db, LATER, ALL);
        expect(found.map((blob) => blob.digest)).toEqual([digest('unnamed')]);
        expect((await listUnlinkedBlobs(db, NOW, ALL)).found).toEqual([]);
        expect(await findBlob(db, digest('unnamed'))).toBeDefined();
      }),
    );
  });

  describe(`${engine}, asked about manifests and tags`, () => {
    it(
      'gives the bytes back by digest and by tag, and follows a tag that moves',
      withOne(async (db) => {
        const tag = parseTag('latest');
        await db.transaction(async (tx) => {
          const id = await ensureRepository(tx, APP, NOW);
          await pushManifest(tx, manifestRow(id, 'one'), 'one');
          await pushManifest(tx, manifestRow(id, 'two'), 'two');
          await saveTag(tx, { repositoryId: id, tag, digest: digest('one') }, NOW);
          await saveTag(tx, { repositoryId: id, tag, digest: digest('two') }, NOW);
        });
        const tagged = await findTaggedManifest(db, APP, tag);
        expect(tagged?.digest).toBe(digest('two'));
        expect(new TextDecoder().decode(tagged?.bytes)).toBe('two');
        const one = await findManifest(db, APP, digest('one'));
        expect(new TextDecoder().decode(one?.bytes)).toBe('one');
        expect(await findManifest(db, parseRepositoryName('other'), digest('one'))).toBeUndefined();
      }),
    );

    it(
      'lists names by their bytes, strictly after the one given',
      withOne(async (db) => {
        const id = await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          await pushManifest(tx, manifestRow(repositoryId, 'm'), 'm');
          for (const name of ['b', 'a', 'B', '_', 'v10', 'v9']) {
            await saveTag(tx, { repositoryId, tag: parseTag(name), digest: digest('m') }, NOW);
          }
          return repositoryId;
        });
        expect(await listTagNames(db, id, '', 10)).toEqual(['B', '_', 'a', 'b', 'v10', 'v9'].map(parseTag));
        expect(await listTagNames(db, id, 'ab', 2)).toEqual(['b', 'v10'].map(parseTag));
        expect(await listTagNames(db, id, 'v9', 2)).toEqual([]);
      }),
    );

    it(
      'deletes a tag alone, and all tags of a digest',
      withOne(async (db) => {
        await db.transaction(async (tx) => {
          const id = await ensureRepository(tx, APP, NOW);
          await pushManifest(tx, manifestRow(id, 'm'), 'm');
          await pushManifest(tx, manifestRow(id, 'n'), 'n');
          for (const [tag, text] of [
            ['one', 'm'],
            ['two', 'm'],
            ['three', 'n'],
            ['four', 'm'],
          ] as const) {
            await saveTag(tx, { repositoryId: id, tag: parseTag(tag), digest: digest(text) }, NOW);
          }
          expect(await deleteTag(tx, id, parseTag('one'))).toBe(true);
          expect(await deleteTag(tx, id, parseTag('one'))).toBe(false);
          await deleteTagsOf(tx, id, digest('m'));
          expect(await listTagNames(tx, id, '', 10)).toEqual([parseTag('three')]);
          expect(await deleteManifest(tx, id, digest('m'))).toBe(true);
          expect(await deleteManifest(tx, id, digest('m'))).toBe(false);
          expect((await listUnnamedContents(tx, ALL)).found).toEqual([digest('m')]);
          await deleteContents(tx, [digest('m')]);
          expect((await listUnnamedContents(tx, ALL)).found).toEqual([]);
        });
      }),
    );

    it(
      'lists the manifests that refer to a subject, by digest, of one type or of all',
      withOne(async (db) => {
        const subject = digest('subject');
        const repositoryId = await db.transaction(async (tx) => {
          const id = await ensureRepository(tx, APP, NOW);
          for (const [text, artifactType] of [
            ['sig', 'signature'],
            ['sbom', 'sbom'],
            ['sig2', 'signature'],
          ] as const) {
            await pushManifest(tx, manifestRow(id, text, { subject, artifactType }), text);
          }
          return id;
        });
        const page = { repositoryId, subject, after: '', limit: 10 };
        const all = await listReferring(db, page, undefined);
        expect(all.map((row) => row.digest)).toEqual([digest('sig'), digest('sbom'), digest('sig2')].toSorted());
        expect((await listReferring(db, page, 'signature')).map((row) => row.digest)).toEqual(
          [digest('sig'), digest('sig2')].toSorted(),
        );
        expect(await listReferring(db, { ...page, after: all.at(-1)?.digest ?? '' }, undefined)).toEqual([]);
      }),
    );

    it(
      'counts as untagged only what no tag, no index and no subject keeps',
      withOne(async (db) => {
        await db.transaction(async (tx) => {
          const id = await ensureRepository(tx, APP, NOW);
          for (const text of ['tagged', 'child', 'index', 'free', 'young']) {
            await pushManifest(tx, manifestRow(id, text), text, text === 'young' ? LATER : NOW);
          }
          await pushManifest(tx, manifestRow(id, 'signature', { subject: digest('tagged') }), 'signature');
          await pushManifest(tx, manifestRow(id, 'lost', { subject: digest('never pushed') }), 'lost');
          await saveEdges(tx, id, digest('index'), [{ kind: 'manifest', digest: digest('child') }]);
          await saveTag(tx, { repositoryId: id, tag: parseTag('v1'), digest: digest('tagged') }, NOW);
          await saveTag(tx, { repositoryId: id, tag: parseTag('v2'), digest: digest('index') }, NOW);
        });
        const { found: untagged } = await listUntagged(db, LATER, ALL);
        expect(untagged.map((row) => row.digest).toSorted()).toEqual([digest('free'), digest('lost')].toSorted());
      }),
    );

    it(
      'lists only repositories that hold a manifest, and forgets those that hold nothing',
      withOne(async (db) => {
        await db.transaction(async (tx) => {
          for (const name of ['b/full', 'a/full']) {
            const id = await ensureRepository(tx, parseRepositoryName(name), NOW);
            await pushManifest(tx, manifestRow(id, name), name);
          }
          await pushBlob(tx, await ensureRepository(tx, parseRepositoryName('a/blobs'), NOW), 'blob');
          await ensureRepository(tx, parseRepositoryName('a/empty'), NOW);
        });
        expect(await listRepositoryNames(db, '', 10)).toEqual(['a/full', 'b/full'].map(parseRepositoryName));
        expect(await listRepositoryNames(db, 'a/full', 10)).toEqual([parseRepositoryName('b/full')]);
        expect((await listEmptyRepositories(db, NOW, ALL)).found).toEqual([]);
        const { found } = await listEmptyRepositories(db, LATER, ALL);
        expect(found.map(({ name }) => name)).toEqual([parseRepositoryName('a/empty')]);
        await db.transaction(async (tx) => {
          await deleteRepositories(
            tx,
            found.map(({ id }) => id),
          );
        });
        expect((await listEmptyRepositories(db, LATER, ALL)).found).toEqual([]);
      }),
    );
  });
}
