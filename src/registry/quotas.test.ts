import { afterEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { newPostgresDatabase, openTestPostgres, postgresRunsHere } from '../../test/support/postgres.ts';
import { join } from 'node:path';
import { systemActor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import { deleteLink } from '../metadata/links.ts';
import { insertQuotaWithMembers } from '../metadata/quota-members.ts';
import { listQuotas, updateQuota, type QuotaLimits } from '../metadata/quotas.ts';
import { recountUsage } from '../metadata/recount-usage.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import { openSqlite } from '../metadata/sqlite/open.ts';
import { digestOf } from '../oci/digest.ts';
import { QuotaExceededError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Blobs } from './blobs.ts';
import { Uploads } from './uploads.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const NAME = parseRepositoryName('team/app');
const ACTOR = systemActor('client');

let folder: string | undefined;
let db: Database;

afterEach(async () => {
  await db.close();
  if (folder !== undefined) removeFolder(folder);
});

const ENGINES: readonly (readonly [string, () => Promise<Database>])[] = [
  [
    'SQLite',
    async () => {
      folder = temporaryFolder('quotas');
      return openSqlite(join(folder, 'havre.db'));
    },
  ],
  ...(postgresRunsHere('quotas, on PostgreSQL')
    ? [['PostgreSQL', async () => openTestPostgres(await newPostgresDatabase(), { poolSize: 12 })] as const]
    : []),
];

for (const [engine, open] of ENGINES) {
  describe(`a quota, on ${engine}`, () => {
    async function registry(pattern: string, limits: Partial<QuotaLimits>) {
      db = await open();
      const now = (): Date => NOW;
      const store = new MemoryStore();
      await db.transaction((tx) =>
        insertQuotaWithMembers(
          tx,
          { pattern, bytes: null, manifests: null, tags: null, createdBy: 'ada', ...limits },
          NOW,
        ),
      );
      const uploads = new Uploads({ db, store, limits: { uploadBytes: 0, uploadsPerPrincipal: 0 }, now });
      const blobs = new Blobs({ db, store, graceSeconds: 3600, now });
      return { store, uploads, blobs };
    }

    function bytesOf(text: string, size: number): Uint8Array<ArrayBuffer> {
      return new Uint8Array(Buffer.from(text.padEnd(size, '.')));
    }

    async function push(
      uploads: Uploads,
      repository: RepositoryName,
      bytes: Uint8Array<ArrayBuffer>,
    ): Promise<boolean> {
      const chunk = { body: new Blob([bytes]).stream(), signal: AbortSignal.timeout(30_000) };
      try {
        await uploads.push(repository, digestOf(bytes), chunk);
        return true;
      } catch (error) {
        if (error instanceof QuotaExceededError) return false;
        throw error;
      }
    }

    const used = async (): Promise<number> => (await listQuotas(db, 0, 1))[0]?.used.bytes ?? -1;

    it('is never passed, and used to the last byte, by pushes that come at once', async () => {
      const { uploads } = await registry('team/**', { bytes: 1050 });
      const pushes = Array.from({ length: 24 }, (_, i) =>
        push(uploads, parseRepositoryName(`team/app${i % 3}`), bytesOf(`blob ${i}`, 100)),
      );
      const done = (await Promise.all(pushes)).filter(Boolean);
      expect(done).toHaveLength(10);
      expect(await used()).toBe(1000);
      expect(await push(uploads, NAME, bytesOf('the rest', 50))).toBe(true);
      expect(await push(uploads, NAME, bytesOf('one more', 8))).toBe(false);
      expect(await used()).toBe(1050);
      expect(await recountUsage(db)).toEqual([]);
    });

    it('is not passed by many that each take so little that they share it', async () => {
      const { uploads } = await registry('**', { bytes: 40_000 });
      for (let round = 0; round < 5; round += 1) {
        const pushes = Array.from({ length: 20 }, (_, i) =>
          push(uploads, parseRepositoryName(`app${i % 5}`), bytesOf(`${round} ${i}`, i % 10 === 0 ? 3000 : 9)),
        );
        await Promise.all(pushes);
        expect(await used()).toBeLessThanOrEqual(40_000);
      }
      expect(await used()).toBe(5 * (2 * 3000 + 18 * 9));
      expect(await recountUsage(db)).toEqual([]);
    });

    it('leaves nothing of what it refuses: no fact, no bytes', async () => {
      const { uploads, store } = await registry('**', { bytes: 10 });
      const bytes = bytesOf('too large', 100);
      expect(await push(uploads, NAME, bytes)).toBe(false);
      expect(await findRepositoryId(db, NAME)).toBeUndefined();
      expect(await used()).toBe(0);
      expect((await store.usage()).bytes).toBe(0);
    });

    it('does not count again what is pushed again, even when it was lowered below what is used', async () => {
      const { uploads } = await registry('**', { bytes: 1000 });
      expect(await push(uploads, NAME, bytesOf('layer', 500))).toBe(true);
      await db.transaction((tx) => updateQuota(tx, 1, { bytes: 100, manifests: null, tags: null }));
      expect(await push(uploads, NAME, bytesOf('layer', 500))).toBe(true);
      expect(await push(uploads, NAME, bytesOf('another', 10))).toBe(false);
    });

    it('counts a blob once for each repository that has it, also where it is mounted', async () => {
      const { uploads, blobs } = await registry('**', { bytes: 1000 });
      const bytes = bytesOf('base', 400);
      await push(uploads, NAME, bytes);
      const options = { mayPull: () => true, actor: ACTOR };
      expect(await blobs.mount(parseRepositoryName('other'), digestOf(bytes), options)).toBe(true);
      expect(await used()).toBe(800);
      const third = blobs.mount(parseRepositoryName('third'), digestOf(bytes), options);
      expect(await third.catch((error: unknown) => error)).toBeInstanceOf(QuotaExceededError);
    });

    it('refuses bytes before they are sent, when they cannot fit', async () => {
      const { uploads } = await registry('team/*', { bytes: 100 });
      const owner = { repository: NAME, principalId: 'p' };
      const id = await uploads.open(owner);
      let isRead = false;
      const body = new ReadableStream<Uint8Array>({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
      const chunk = { body, exactBytes: 101, signal: AbortSignal.timeout(30_000) };
      expect(await uploads.append(id, owner, chunk).catch((error: unknown) => error)).toBeInstanceOf(
        QuotaExceededError,
      );
      expect(isRead).toBe(false);
      await push(uploads, NAME, bytesOf('all of it', 100));
      expect(await uploads.open(owner).catch((error: unknown) => error)).toBeInstanceOf(QuotaExceededError);
      await uploads.open({ ...owner, repository: parseRepositoryName('elsewhere') });
    });

    it('says which it is, how much it allows, has, and lacks', async () => {
      const { uploads } = await registry('team/**', { bytes: 2048 });
      await push(uploads, NAME, bytesOf('first', 1024));
      const bytes = bytesOf('second', 3072);
      const refused = uploads.push(NAME, digestOf(bytes), {
        body: new Blob([bytes]).stream(),
        signal: AbortSignal.timeout(30_000),
      });
      expect(await refused.catch((error: unknown) => error)).toMatchObject({
        code: 'DENIED',
        status: 403,
        message:
          'quota exceeded: repositories team/** may hold 2 KiB, hold 1 KiB, and this needs 3 KiB more. ' +
          'Delete images that are no longer needed, or ask an administrator for a larger quota',
        detail: { quota: 'team/**', kind: 'bytes', limit: 2048, used: 1024, needed: 3072 },
      });
    });

    it('is warned of once at 80 % and once at 95 %, and again only after it had room', async () => {
      const { uploads } = await registry('**', { bytes: 1000 });
      const warnings = async (): Promise<readonly unknown[]> =>
        (
          await db.build((kysely) =>
            kysely.selectFrom('audit').select('details').where('action', '=', 'quota.warning').orderBy('id'),
          )
        ).map(({ details }) => (JSON.parse(details ?? '{}') as { percent: number }).percent);
      await push(uploads, NAME, bytesOf('a', 700));
      expect(await warnings()).toEqual([]);
      await push(uploads, NAME, bytesOf('b', 150));
      await push(uploads, NAME, bytesOf('c', 50));
      expect(await warnings()).toEqual([80]);
      await push(uploads, NAME, bytesOf('d', 60));
      expect(await warnings()).toEqual([80, 95]);
      const id = (await findRepositoryId(db, NAME)) ?? 0;
      await db.transaction((tx) => deleteLink(tx, { repositoryId: id, digest: digestOf(bytesOf('a', 700)) }));
      await push(uploads, NAME, bytesOf('e', 10));
      await push(uploads, NAME, bytesOf('f', 600));
      expect(await warnings()).toEqual([80, 95, 80]);
    });
  });
}
