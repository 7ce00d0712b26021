import { describe, expect, it } from 'bun:test';
import { sql } from 'kysely';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { deleteLinksOf } from '../blob-links.ts';
import { deleteBlob, saveBlob } from '../blobs.ts';
import type { Built, Database, Transaction } from '../database.ts';
import { deleteLink, saveLink } from '../links.ts';
import { blobLock, repositoryLock } from '../locks.ts';
import { saveLinks } from '../many-rows.ts';
import { deleteManifest, saveManifest } from '../manifests.ts';
import { deleteQuotaWithMembers, insertQuotaWithMembers } from '../quota-members.ts';
import { listQuotas } from '../quotas.ts';
import { recountUsage } from '../recount-usage.ts';
import { ensureRepository } from '../repositories.ts';
import { deleteTag, saveTag } from '../tags.ts';
import { findUsage, listRepositoryUsage } from '../usage.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const TYPE = 'application/vnd.oci.image.manifest.v1+json';

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

async function run(tx: Transaction, statement: string): Promise<void> {
  await tx.build((kysely) => ({ compile: () => sql.raw(statement).compile(kysely) }) as Built<unknown>);
}

async function push(tx: Transaction, repositoryId: number, text: string): Promise<void> {
  await saveBlob(tx, { digest: digest(text), size: text.length, storageKey: `key-of-${text}` }, NOW);
  await saveLink(tx, { repositoryId, digest: digest(text) }, NOW);
}

async function pushManifest(tx: Transaction, repositoryId: number, text: string): Promise<void> {
  const nothing = { artifactType: null, subject: null, annotations: null, depth: 0, expiresAt: null };
  const row = { repositoryId, digest: digest(text), mediaType: TYPE, size: text.length, ...nothing };
  await saveManifest(tx, row, new TextEncoder().encode(text), NOW);
}

function repository(tx: Transaction, name: string): Promise<number> {
  return ensureRepository(tx, parseRepositoryName(name), NOW);
}

function quotaOf(pattern: string) {
  return { pattern, bytes: 1000, manifests: null, tags: null, createdBy: 'ada' };
}

/** A repeatable sequence of numbers below 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** One of the things that happen to a registry. */
async function doAnything(tx: Transaction, random: () => number): Promise<void> {
  const below = (limit: number): number => Math.floor(random() * limit);
  const text = 'x'.repeat(1 + below(6));
  const tag = parseTag(`v${below(4)}`);
  const pattern = `team/app${below(3)}`;
  const name = `team/app${below(3)}`;
  const several = ['x', 'xx', 'xxx', 'xxxx'].map(digest);
  // As `locks.ts` has it: whoever records or forgets a blob excludes those who link it, and whoever deletes a repository
  // excludes those who change what it holds.
  const here = async (): Promise<number> => {
    await tx.lock('shared', [repositoryLock(parseRepositoryName(name))]);
    return repository(tx, name);
  };
  const everywhere = ['team/app0', 'team/app1', 'team/app2'].map(parseRepositoryName).map(repositoryLock);
  // Here a blob comes and goes while repositories have it, which changes what they hold.
  const alone = async (): Promise<void> => {
    await tx.lock('exclusive', [blobLock(digest(text))]);
    await tx.lock('shared', everywhere);
  };
  const deeds = [
    async () => (await alone(), push(tx, await here(), text)),
    async () => (await alone(), push(tx, await here(), text)),
    async () => (await alone(), deleteBlob(tx, digest(text))),
    async () => (await alone(), saveBlob(tx, { digest: digest(text), size: text.length, storageKey: 'other' }, NOW)),
    async () => (await tx.lock('shared', several.map(blobLock)), saveLinks(tx, await here(), several, NOW)),
    async () => deleteLink(tx, { repositoryId: await here(), digest: digest(text) }),
    async () => (await tx.lock('shared', everywhere), deleteLinksOf(tx, digest(text))),
    async () => run(tx, `delete from links where repository_id = ${await here()}`),
    async () => pushManifest(tx, await here(), text),
    async () => deleteManifest(tx, await here(), digest(text)),
    async () => saveTag(tx, { repositoryId: await here(), tag, digest: digest(text) }, NOW),
    async () => deleteTag(tx, await here(), tag),
    async () => insertQuotaWithMembers(tx, quotaOf(pattern), NOW),
    async () => {
      const [quota] = await listQuotas(tx, below(3), 1);
      if (quota !== undefined) await deleteQuotaWithMembers(tx, quota.id);
    },
    async () => {
      await tx.lock('exclusive', [repositoryLock(parseRepositoryName(name))]);
      await run(tx, `delete from repositories where name = '${name}'`);
    },
  ];
  await deeds[below(deeds.length)]?.();
}

/** What every engine must count of what repositories hold. */
export function usageContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const within = (test: (tx: Transaction, db: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await db.transaction((tx) => test(tx, db));
      expect(await recountUsage(db)).toEqual([]);
      await db.close();
    });

  describe(`${engine}, counting what repositories hold`, () => {
    it(
      'counts a blob once in each repository, and as its own where no other has it',
      within(async (tx) => {
        const [one, other] = [await repository(tx, 'one'), await repository(tx, 'other')];
        await push(tx, one, 'base');
        await push(tx, one, 'base');
        await push(tx, one, 'application');
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 2, blobBytes: 15, uniqueBytes: 15 });
        await push(tx, other, 'base');
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 2, blobBytes: 15, uniqueBytes: 11 });
        expect(await findUsage(tx, other)).toMatchObject({ blobs: 1, blobBytes: 4, uniqueBytes: 0 });
        await deleteLink(tx, { repositoryId: one, digest: digest('base') });
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 1, blobBytes: 11, uniqueBytes: 11 });
        expect(await findUsage(tx, other)).toMatchObject({ blobs: 1, blobBytes: 4, uniqueBytes: 4 });
      }),
    );

    it(
      'leaves what is shared by three shared until one is left',
      within(async (tx) => {
        const ids = [await repository(tx, 'a'), await repository(tx, 'b'), await repository(tx, 'c')] as const;
        for (const id of ids) await push(tx, id, 'base');
        await deleteLink(tx, { repositoryId: ids[0], digest: digest('base') });
        expect(await findUsage(tx, ids[2])).toMatchObject({ uniqueBytes: 0 });
        await deleteLink(tx, { repositoryId: ids[1], digest: digest('base') });
        expect(await findUsage(tx, ids[2])).toMatchObject({ uniqueBytes: 4 });
      }),
    );

    it(
      'counts manifests and tags, however often they are pushed',
      within(async (tx) => {
        const id = await repository(tx, 'one');
        for (let time = 0; time < 2; time += 1) {
          await pushManifest(tx, id, 'manifest');
          await saveTag(tx, { repositoryId: id, tag: parseTag('v1'), digest: digest('manifest') }, NOW);
        }
        await saveTag(tx, { repositoryId: id, tag: parseTag('v1'), digest: digest('another') }, NOW);
        expect(await findUsage(tx, id)).toMatchObject({ manifests: 1, manifestBytes: 8, tags: 1 });
        await deleteManifest(tx, id, digest('manifest'));
        await deleteTag(tx, id, parseTag('v1'));
        expect(await findUsage(tx, id)).toMatchObject({ manifests: 0, manifestBytes: 0, tags: 0 });
      }),
    );

    it(
      'counts right in whatever order blobs and links come and go',
      within(async (tx) => {
        const [one, other] = [await repository(tx, 'one'), await repository(tx, 'other')];
        await saveLinks(tx, one, [digest('base'), digest('app')], NOW);
        await saveLink(tx, { repositoryId: other, digest: digest('base') }, NOW);
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 2, blobBytes: 0 });
        await saveBlob(tx, { digest: digest('base'), size: 4, storageKey: 'a' }, NOW);
        await saveBlob(tx, { digest: digest('app'), size: 3, storageKey: 'b' }, NOW);
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 2, blobBytes: 7, uniqueBytes: 3 });
        await deleteBlob(tx, digest('base'));
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 2, blobBytes: 3, uniqueBytes: 3 });
        await deleteLinksOf(tx, digest('base'));
        expect(await findUsage(tx, one)).toMatchObject({ blobs: 1, blobBytes: 3, uniqueBytes: 3 });
      }),
    );

    it(
      'moves what is counted with content that goes to another repository',
      within(async (tx) => {
        const [one, other] = [await repository(tx, 'one'), await repository(tx, 'other')];
        await push(tx, one, 'base');
        await push(tx, await repository(tx, 'third'), 'app');
        await push(tx, one, 'app');
        await pushManifest(tx, one, 'manifest');
        await saveTag(tx, { repositoryId: one, tag: parseTag('v1'), digest: digest('manifest') }, NOW);
        for (const table of ['links', 'manifests', 'tags']) {
          await run(tx, `update ${table} set repository_id = ${other} where repository_id = ${one}`);
        }
        expect(await findUsage(tx, one)).toEqual({
          blobBytes: 0,
          uniqueBytes: 0,
          blobs: 0,
          manifestBytes: 0,
          manifests: 0,
          tags: 0,
        });
        expect(await findUsage(tx, other)).toMatchObject({
          blobBytes: 7,
          uniqueBytes: 4,
          blobs: 2,
          manifests: 1,
          tags: 1,
        });
      }),
    );

    it(
      'lists repositories by name, those that hold nothing included',
      within(async (tx) => {
        await push(tx, await repository(tx, 'b'), 'base');
        await repository(tx, 'a');
        expect(await listRepositoryUsage(tx, '', 10)).toMatchObject([
          { name: 'a', blobs: 0 },
          { name: 'b', blobs: 1, blobBytes: 4 },
        ]);
        expect(await listRepositoryUsage(tx, 'a', 10)).toMatchObject([{ name: 'b' }]);
      }),
    );

    it(
      'counts for a quota what its repositories hold: those that were, those that come, and none that is gone',
      within(async (tx) => {
        const one = await repository(tx, 'team/one');
        await push(tx, one, 'base');
        await push(tx, await repository(tx, 'elsewhere'), 'not counted');
        await insertQuotaWithMembers(tx, quotaOf('team/*'), NOW);
        const used = async () => (await listQuotas(tx, 0, 10)).map((quota) => quota.used);
        expect(await used()).toEqual([{ bytes: 4, manifests: 0, tags: 0 }]);
        const other = await repository(tx, 'team/other');
        await push(tx, other, 'base');
        await pushManifest(tx, other, 'manifest');
        await saveTag(tx, { repositoryId: other, tag: parseTag('v1'), digest: digest('manifest') }, NOW);
        expect(await used()).toEqual([{ bytes: 16, manifests: 1, tags: 1 }]);
        await run(tx, `delete from repositories where id = ${one}`);
        expect(await used()).toEqual([{ bytes: 12, manifests: 1, tags: 1 }]);
        await deleteManifest(tx, other, digest('manifest'));
        expect(await used()).toEqual([{ bytes: 4, manifests: 0, tags: 1 }]);
      }),
    );

    it(
      'has counted right after whatever happened, in one transaction or in many at once',
      withDatabase(async (open) => {
        const db = await open();
        for (let seed = 1; seed <= 4; seed += 1) {
          const random = randomOf(seed);
          for (let round = 0; round < 12; round += 1) {
            const several = Array.from({ length: 8 }, () => db.transaction((tx) => doAnything(tx, random)));
            await Promise.all(several);
          }
          expect(await recountUsage(db)).toEqual([]);
        }
        await db.close();
      }),
    );

    it(
      'finds what was changed behind its back, and puts it right',
      withDatabase(async (open) => {
        const db = await open();
        const id = await db.transaction(async (tx) => {
          await insertQuotaWithMembers(tx, quotaOf('**'), NOW);
          const one = await repository(tx, 'one');
          await push(tx, one, 'base');
          await run(tx, `update repository_usage set blob_bytes = 7, tags = 3`);
          return one;
        });
        expect(await recountUsage(db)).toContainEqual({
          of: 'repository',
          id,
          missing: { blobBytes: -3, tags: -3 },
        });
        expect(await findUsage(db, id)).toMatchObject({ blobBytes: 4, tags: 0 });
        expect(await listQuotas(db, 0, 1)).toMatchObject([{ used: { bytes: 4, manifests: 0, tags: 0 } }]);
        expect(await recountUsage(db)).toEqual([]);
        await db.close();
      }),
    );
  });
}
