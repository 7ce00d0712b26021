import { describe, expect, it } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { countBlobs, findBlob, findUnnamedKeys, saveBlob } from '../blobs.ts';
import type { Database } from '../database.ts';
import { findForgottenSince, saveForgottenBlobs } from '../forgotten-blobs.ts';
import { listUnnamedLinks, saveLink } from '../links.ts';
import { findManifest, findManifestRows, findTaggedManifest, saveManifest, type ManifestRow } from '../manifests.ts';
import { ensureRepository } from '../repositories.ts';
import { listTagNames, saveTag } from '../tags.ts';
import { findToken, insertToken } from '../tokens.ts';
import { findUserByName, insertUser, listUsers } from '../users.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date('2126-01-02T03:04:05Z');
const APP = parseRepositoryName('team/app');
const LARGE = 4 * 1024 * 1024;

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

function byBytes(texts: readonly string[]): string[] {
  return texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

const ROW: Omit<ManifestRow, 'repositoryId' | 'digest'> = {
  mediaType: 'x/y',
  size: LARGE,
  artifactType: null,
  subject: null,
  annotations: null,
  depth: 0,
  expiresAt: null,
};

/** Every engine gives back what it was given: the same values, of the same types, in the same order. */
export function valuesContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withOne = (test: (db: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await test(db);
      await db.close();
    });

  describe(`${engine}, given values`, () => {
    it(
      'is asked for text with a zero in it, which names nothing and comes before all names',
      withOne(async (db) => {
        const zero = '\0';
        await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          await saveTag(tx, { repositoryId, tag: parseTag('v1'), digest: digest('m') }, NOW);
          expect(await listTagNames(tx, repositoryId, zero, 2)).toEqual([parseTag('v1')]);
        });
        expect(await findUserByName(db, `bob${zero}`)).toBeUndefined();
      }),
    );

    it(
      'gives every byte of the largest manifest back, zeros and all',
      withOne(async (db) => {
        const bytes = new Uint8Array(LARGE).map((_, place) => (place * 31 + (place >> 8)) & 0xff);
        await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          await saveManifest(tx, { ...ROW, repositoryId, digest: digest('m') }, bytes, NOW);
          await saveTag(tx, { repositoryId, tag: parseTag('v1'), digest: digest('m') }, NOW);
        });
        const found = await findManifest(db, APP, digest('m'));
        expect(Buffer.compare(found?.bytes ?? new Uint8Array(), bytes)).toBe(0);
        expect((await findTaggedManifest(db, APP, parseTag('v1')))?.bytes.byteLength).toBe(LARGE);
        expect(found?.bytes.constructor).toBe(Uint8Array);
      }),
    );

    it(
      'gives an empty content back as one, and absent text as null',
      withOne(async (db) => {
        const id = await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          await saveManifest(tx, { ...ROW, repositoryId, digest: digest('m') }, new Uint8Array(), NOW);
          return repositoryId;
        });
        expect((await findManifest(db, APP, digest('m')))?.bytes).toEqual(new Uint8Array());
        expect(await findManifestRows(db, id, [digest('m')])).toEqual([
          { ...ROW, repositoryId: id, digest: digest('m') },
        ]);
      }),
    );

    it(
      'counts in numbers beyond 32 bits, and adds them up',
      withOne(async (db) => {
        const size = 5 * 1024 ** 4;
        const repositoryId = 2 ** 40 + 1;
        await db.transaction(async (tx) => {
          await saveBlob(tx, { digest: digest('a'), size, storageKey: 'a' }, NOW);
          await saveBlob(tx, { digest: digest('b'), size: size + 1, storageKey: 'b' }, NOW);
          await saveLink(tx, { repositoryId, digest: digest('a') }, NOW);
        });
        expect(await findBlob(db, digest('b'))).toEqual({ digest: digest('b'), size: size + 1, storageKey: 'b' });
        expect(await countBlobs(db)).toEqual({ count: 2, bytes: 2 * size + 1 });
        const { end } = await listUnnamedLinks(db, LATER, { after: undefined, rows: 1 });
        expect(end).toEqual({ repositoryId, digest: digest('a') });
        const behind = { repositoryId: repositoryId - 1, digest: digest('z') };
        expect((await listUnnamedLinks(db, LATER, { after: behind, rows: 1 })).end).toEqual(end);
      }),
    );

    it(
      'keeps times to the millisecond, and their absence',
      withOne(async (db) => {
        const token = { id: 'token:1', name: 'ci', secretHash: 'aa', ownerId: null, scope: null, expiresAt: LATER };
        await db.transaction((tx) => insertToken(tx, token, NOW));
        const found = await findToken(db, 'token:1');
        expect(found).toMatchObject({ createdAt: NOW, expiresAt: LATER, revokedAt: null, ownerId: null });
      }),
    );

    it(
      'takes any text, and sorts it by its bytes',
      withOne(async (db) => {
        const names = [
          'ada',
          'Ada',
          'ADA',
          'a_da',
          'a-da',
          'a.da',
          'a da',
          "o'neil",
          'élodie',
          'zoë',
          'Ω',
          '名',
          '😀',
          '\\',
        ];
        await db.transaction(async (tx) => {
          for (const name of names) {
            const user = { id: `id of ${name}`, name, passwordHash: '"', isAdministrator: true, isConfigured: false };
            await insertUser(tx, user, NOW);
          }
        });
        expect((await listUsers(db)).map(({ name }) => name)).toEqual(byBytes(names));
      }),
    );

    it(
      'takes lists of any text and of any length as one value',
      withOne(async (db) => {
        const odd = [
          '',
          ' ',
          ',',
          '{}',
          '[]',
          '"',
          `"'`,
          String.raw`\"`,
          '\\',
          'NULL',
          'null',
          '1',
          '%',
          'a\nb',
          '\t',
          'ß',
          '名',
          '😀',
        ];
        await db.transaction(async (tx) => {
          for (const key of odd) await saveBlob(tx, { digest: digest(key), size: 1, storageKey: key }, NOW);
        });
        const many = Array.from({ length: 20_000 }, (_, i) => `key ${i}`);
        expect(await findUnnamedKeys(db, [...many, ...odd])).toEqual(new Set(many));
        expect(await findUnnamedKeys(db, [])).toEqual(new Set());
        // Half a character, and a zero: nothing of ours has them.
        expect((await findUnnamedKeys(db, ['\ud83d', '\0', ...odd])).isDisjointFrom(new Set(odd))).toBe(true);
        expect(await findForgottenSince(db, odd, NOW)).toEqual(new Set());
        await db.transaction((tx) => saveForgottenBlobs(tx, odd.map(digest), LATER));
        expect(await findForgottenSince(db, [...odd, ...many], NOW)).toEqual(new Set(odd));
      }),
    );

    it(
      'pages through tags by their bytes, whatever they are made of',
      withOne(async (db) => {
        const names = ['1', '10', '9', 'A', 'Z', '_', '_.', '_-', 'a', 'a.b', 'a-b', 'a_b', 'aB', 'ab', 'z'];
        const id = await db.transaction(async (tx) => {
          const repositoryId = await ensureRepository(tx, APP, NOW);
          for (const name of names) await saveTag(tx, { repositoryId, tag: parseTag(name), digest: digest('m') }, NOW);
          return repositoryId;
        });
        const seen: string[] = [];
        for (let page = await listTagNames(db, id, '', 2); page.length > 0;) {
          seen.push(...page);
          page = await listTagNames(db, id, page.at(-1) ?? '', 2);
        }
        expect(seen).toEqual(byBytes(names));
      }),
    );
  });
}
