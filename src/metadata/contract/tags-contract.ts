import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import type { Database, Transaction } from '../database.ts';
import { findExpiring, listExpiringChildren } from '../expiring-manifests.ts';
import { findImageDetails, saveImageDetails, saveManyImageDetails } from '../image-details.ts';
import { saveEdges } from '../manifest-edges.ts';
import { saveManifest, type ManifestRow } from '../manifests.ts';
import { addPulls, findLastPull, findRepositoryIds } from '../pulls.ts';
import { ensureRepository } from '../repositories.ts';
import { deleteRule, insertRule, listRules } from '../repository-rules.ts';
import { listSubjects } from '../subjects.ts';
import { findManifestDetails, listTagDetails } from '../tag-details.ts';
import { findNamedAt, listTagMoves, pruneTagMoves, recordTagChange, recordTagChanges } from '../tag-moves.ts';
import { createTag, findTag, listTagsOf, moveTag } from '../tags.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOON = new Date('2026-01-02T12:00:00Z');
const ONE = new Date('2026-01-02T13:00:00Z');
const TWO = new Date('2026-01-02T14:00:00Z');
const APP = parseRepositoryName('team/app');
const V1 = parseTag('v1');
const [A, B, C] = ['a', 'b', 'c'].map((text) => digestOf(new TextEncoder().encode(text))) as [Digest, Digest, Digest];

function rowOf(repositoryId: number, digest: Digest, more: Partial<ManifestRow> = {}): ManifestRow {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const nothing = { artifactType: null, subject: null, annotations: null, expiresAt: null };
  return { repositoryId, digest, mediaType, size: 1, depth: 0, ...nothing, ...more };
}

function saveAll(tx: Transaction, rows: readonly ManifestRow[]): Promise<unknown> {
  return Promise.all(rows.map((row) => saveManifest(tx, row, new Uint8Array(1), NOON)));
}

/** What every engine must answer about where tags were, what expires, who pulled what, and rules. */
export function tagsContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withRepository = (test: (db: Database, repositoryId: number) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await test(db, await db.transaction((tx) => ensureRepository(tx, APP, NOON)));
      await db.close();
    });

  describe(`${engine}, of tags`, () => {
    it(
      'makes one once, and moves it only from where it is',
      withRepository(async (db, repositoryId) => {
        await db.transaction(async (tx) => {
          expect(await findTag(tx, repositoryId, V1)).toBeUndefined();
          expect(await createTag(tx, { repositoryId, tag: V1, digest: A }, NOON)).toBe(true);
          expect(await createTag(tx, { repositoryId, tag: V1, digest: B }, NOON)).toBe(false);
          expect(await moveTag(tx, { repositoryId, tag: V1, from: B, digest: C }, NOON)).toBe(false);
          expect(await moveTag(tx, { repositoryId, tag: V1, from: A, digest: B }, NOON)).toBe(true);
          expect(await moveTag(tx, { repositoryId, tag: V1, from: B, digest: B }, NOON)).toBe(true);
          await createTag(tx, { repositoryId, tag: parseTag('latest'), digest: B }, NOON);
        });
        expect(await findTag(db, repositoryId, V1)).toBe(B);
        expect(await listTagsOf(db, repositoryId, B)).toEqual([parseTag('latest'), V1]);
      }),
    );

    it(
      'knows where one was, and forgets it after its time',
      withRepository(async (db, repositoryId) => {
        const key = { repositoryId, tag: V1 };
        await db.transaction(async (tx) => {
          await recordTagChange(tx, { ...key, from: null, to: A }, SOMEBODY, NOON);
          await recordTagChange(tx, { ...key, from: A, to: B }, SOMEBODY, ONE);
          const other = { repositoryId, tag: parseTag('other'), from: null, to: C };
          await recordTagChanges(tx, [{ ...key, from: B, to: null }, other], { ...SOMEBODY, cause: 'import' }, TWO);
        });
        const moves = await listTagMoves(db, key, { limit: 10 });
        expect(moves).toMatchObject([
          { from: B, to: null, movedAt: TWO.getTime(), cause: 'import' },
          { from: A, to: B, principalId: SOMEBODY.principalId, client: SOMEBODY.client ?? null },
          { from: null, to: A },
        ]);
        expect(await listTagMoves(db, key, { before: moves[0]?.id, limit: 1 })).toMatchObject([{ to: B }]);
        expect(await findNamedAt(db, key, new Date('2026-01-02T13:30:00Z'))).toBe(B);
        expect(await findNamedAt(db, key, TWO)).toBeNull();
        expect(await findNamedAt(db, key, new Date('2026-01-02T11:00:00Z'))).toBeNull();
        expect(await db.transaction((tx) => pruneTagMoves(tx, TWO, 1))).toBe(1);
        expect(await findNamedAt(db, key, NOON)).toBe(A);
        expect(await db.transaction((tx) => pruneTagMoves(tx, TWO, 10))).toBe(1);
        expect(await db.transaction((tx) => pruneTagMoves(tx, TWO, 10))).toBe(0);
        expect(await findNamedAt(db, { repositoryId, tag: parseTag('never') }, TWO)).toBeUndefined();
      }),
    );

    it(
      'adds up pulls, and keeps the last one whoever comes first',
      withRepository(async (db, repositoryId) => {
        const pull = {
          repositoryId,
          digest: A,
          principalId: 'user:ada',
          principalName: 'ada',
          pulledAt: ONE,
          count: 2,
        };
        await db.transaction((tx) => addPulls(tx, [pull, { ...pull, digest: B }]));
        await db.transaction((tx) => addPulls(tx, [{ ...pull, principalName: 'bob', pulledAt: NOON, count: 1 }]));
        expect(await findLastPull(db, repositoryId, A)).toMatchObject({
          principalName: 'ada',
          pulledAt: ONE,
          count: 3,
        });
        await db.transaction((tx) => addPulls(tx, [{ ...pull, principalName: 'eve', pulledAt: TWO, count: 1 }]));
        expect(await findLastPull(db, repositoryId, A)).toMatchObject({
          principalName: 'eve',
          pulledAt: TWO,
          count: 4,
        });
        expect(await findLastPull(db, repositoryId, C)).toBeUndefined();
        const ids = await findRepositoryIds(db, [APP, parseRepositoryName('gone')]);
        expect([...ids]).toEqual([[APP, repositoryId]]);
      }),
    );

    it(
      'remembers what images say of themselves, as it was said first',
      withRepository(async (db, repositoryId) => {
        const details = { createdAt: NOON, platform: 'linux/arm64', labels: { 'a.b': 'ä "x"' } };
        const nothing = { createdAt: undefined, platform: undefined, labels: undefined };
        await db.transaction(async (tx) => {
          await saveImageDetails(tx, A, details);
          await saveManyImageDetails(
            tx,
            new Map([
              [B, nothing],
              [A, nothing],
            ]),
          );
          await saveAll(tx, [rowOf(repositoryId, A, { annotations: '{"k":"v"}', expiresAt: TWO.getTime() })]);
          await createTag(tx, { repositoryId, tag: V1, digest: A }, NOON);
        });
        expect(await findImageDetails(db, A)).toEqual(details);
        expect(await findImageDetails(db, B)).toEqual(nothing);
        expect(await findImageDetails(db, C)).toBeUndefined();
        const shown = {
          digest: A,
          platform: 'linux/arm64',
          builtAt: NOON.getTime(),
          expiresAt: TWO.getTime(),
          pulls: null,
        };
        expect(await listTagDetails(db, repositoryId, [V1])).toMatchObject([{ name: V1, ...shown }]);
        expect(await listTagDetails(db, repositoryId, [parseTag('v2')])).toEqual([]);
        expect(await findManifestDetails(db, repositoryId, A)).toMatchObject({ ...shown, annotations: '{"k":"v"}' });
      }),
    );

    it(
      'knows what ends, and what belongs to what',
      withRepository(async (db, repositoryId) => {
        await db.transaction(async (tx) => {
          await saveAll(tx, [
            rowOf(repositoryId, A, { expiresAt: ONE.getTime(), annotations: '{"k":"v"}' }),
            rowOf(repositoryId, B),
            rowOf(repositoryId, C, { subject: A, depth: 1 }),
          ]);
          await saveEdges(
            tx,
            repositoryId,
            C,
            [A, B].map((digest) => ({ kind: 'manifest' as const, digest })),
          );
        });
        const ending = {
          digest: A,
          pushedAt: NOON.getTime(),
          expiresAt: ONE.getTime(),
          annotations: { k: 'v' },
          depth: 0,
        };
        expect(await findExpiring(db, repositoryId, A)).toEqual(ending);
        expect(await listExpiringChildren(db, repositoryId, C)).toEqual([ending]);
        expect(await listSubjects(db, repositoryId, [A, B, C])).toEqual([{ digest: C, subject: A }]);
      }),
    );

    it(
      'keeps rules in the order in which they were made',
      withRepository(async (db) => {
        const rule = { kind: 'age-floor', pattern: '**', settings: '{"seconds":1}', createdAt: 1, createdBy: 'ada' };
        const [first, second] = await db.transaction(async (tx) => [
          await insertRule(tx, rule),
          await insertRule(tx, { ...rule, pattern: 'a' }),
        ]);
        expect(await listRules(db)).toEqual([first, second].flatMap((made) => (made === undefined ? [] : [made])));
        expect(first).toMatchObject(rule);
        const id = first?.id ?? 0;
        expect(await db.transaction((tx) => deleteRule(tx, id))).toMatchObject({ id });
        expect(await db.transaction((tx) => deleteRule(tx, id))).toBeUndefined();
      }),
    );
  });
}
