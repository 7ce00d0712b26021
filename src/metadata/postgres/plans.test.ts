import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import {
  newPostgresDatabase,
  openTestPostgres,
  postgresRunsHere,
  postgresSettings,
} from '../../../test/support/postgres.ts';
import type { Digest } from '../../oci/digest.ts';
import type { RepositoryName } from '../../oci/repository-name.ts';
import type { Tag } from '../../oci/tag.ts';
import type { UploadId } from '../../oci/upload-id.ts';
import { listBlobs } from '../all-blobs.ts';
import { deleteLinksOf } from '../blob-links.ts';
import {
  deleteBlobs,
  findBlob,
  findUnlinkedBlobs,
  findUnnamedKeys,
  findStretchEnd,
  isStorageKeyNamed,
  listUnlinkedBlobs,
} from '../blobs.ts';
import type { BoundValue } from '../compiled-query.ts';
import type { Queryable, Transaction } from '../database.ts';
import { listDeletable } from '../deletable-manifests.ts';
import { deleteForgottenBlobs, listForgottenBlobs, saveForgottenBlobs } from '../forgotten-blobs.ts';
import { listHeldBlobs, listNamed, listNaming } from '../garbage-cascade.ts';
import { listGrantsOf } from '../grants.ts';
import {
  deleteLink,
  deleteUnnamedLinks,
  findLinkedBlob,
  findUnlinked,
  listHolders,
  listUnnamedLinks,
  saveLink,
} from '../links.ts';
import { deleteContents, listUnnamedContents } from '../manifest-contents.ts';
import { deleteEdges, findNamingManifest, saveEdges, type ManifestEdge } from '../manifest-edges.ts';
import {
  deleteManifest,
  findDepths,
  findManifest,
  findManifestKey,
  findManifestRows,
  findTaggedManifest,
  findTaggedManifestKey,
  listReferring,
} from '../manifests.ts';
import { findBlobs } from '../many-rows.ts';
import { findRepositoryId, listEmptyRepositories, listRepositoryNames } from '../repositories.ts';
import { listRepositorySummaries } from '../repository-list.ts';
import { listTagDetails } from '../tag-details.ts';
import { BEFORE_FIRST, walkTags } from '../tag-pages.ts';
import { deleteTag, deleteTagsOf, listTagNames, saveTag } from '../tags.ts';
import { findTokenByName, findTokenBySecretHash, listTokensOf } from '../tokens.ts';
import { listExpired } from '../expired-manifests.ts';
import { trashManifests } from '../trash-content.ts';
import { listOrphans } from '../trash-orphans.ts';
import { listPurgeable, purgeContents, purgeRepositoryContents } from '../trash-purge.ts';
import { listUntagged } from '../untagged-manifests.ts';
import { countUploadsOf, findUpload, listUploadsOpenedBefore } from '../uploads.ts';
import { findUserByName } from '../users.ts';
import { PostgresConnection } from './connection.ts';
import { PostgresQuestions } from './questions.ts';

/** One repository of this many manifests, tags and links, and a thousand of ten. */
const MANY = 20_000;
const DATE = new Date('2026-01-02T03:04:05Z');
const LATE = new Date('2030-01-02T03:04:05Z');
const BIG = 'big' as RepositoryName;

/** As the digest of the number, in the middle of its table. */
function digest(number: number): Digest {
  return `sha256:${new Bun.CryptoHasher('sha256').update(String(number)).digest('hex')}` as Digest;
}

function digests(count: number): readonly Digest[] {
  return Array.from({ length: count }, (_, i) => digest(i * 100 + 1));
}

function keys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `key${i * 100 + 1}`);
}

function edges(count: number): readonly ManifestEdge[] {
  return digests(count).map((named) => ({ kind: 'blob', digest: named }));
}

const DIGEST = `'sha256:' || encode(sha256(i::text::bytea), 'hex')`;
const NOW = String(DATE.getTime());

/** As an import leaves it: nothing was analysed, and nothing ever will be. */
const FILL = [
  ...[
    'repositories',
    'blobs',
    'links',
    'manifest_contents',
    'manifests',
    'manifest_edges',
    'tags',
    'uploads',
    'tokens',
    'grants',
    'users',
  ].map((table) => `alter table ${table} set (autovacuum_enabled = false)`),
  `insert into repositories (name, created_at) values ('big', ${NOW})`,
  `insert into repositories (name, created_at) select 'small/' || i, ${NOW} from generate_series(1, 1000) i`,
  `insert into blobs select ${DIGEST}, 1, 'key' || i, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into links select 1, ${DIGEST}, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into links select r.id, ${DIGEST}, ${NOW} from repositories r, generate_series(1, 10) i where r.id > 1`,
  `insert into manifest_contents select ${DIGEST}, '{}' from generate_series(1, ${MANY}) i`,
  `insert into manifests select 1, ${DIGEST}, 'type', 2, null, case when i % 2 = 0 then 'sha256:s' || i % 100 end, null, 0, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into manifests select r.id, ${DIGEST}, 'type', 2, null, null, null, 0, ${NOW} from repositories r, generate_series(1, 10) i where r.id > 1`,
  `insert into manifest_edges select 1, ${DIGEST}, 'blob', 'sha256:' || encode(sha256((i + k)::text::bytea), 'hex') from generate_series(1, ${MANY}) i, generate_series(0, 2) k`,
  `insert into tags select 1, 'tag' || i, ${DIGEST}, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into trash (kind, repository_id, repository, deleted_at, expires_at, principal_id, principal_name, cause) select 'manifest', 1, 'big', ${NOW}, ${NOW} + i, 'p', 'p', 'client' from generate_series(1, 1000) i`,
  `insert into trashed_manifests select 1 + i % 1000, 1, 'sha256:' || encode(sha256(('t' || i)::bytea), 'hex'), 'type', 2, null, null, null, 0, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into trashed_edges select trash_id, digest, 'blob', digest, 1 from trashed_manifests`,
  `insert into trashed_tags select 1 + i % 1000, 'old' || i, 'd', ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into uploads select 'u' || i, 'big', 'p' || i % 100, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into tokens select 't' || i, 'name' || i, 'hash' || i, 'user' || i % 1000, null, ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into grants (principal_id, pattern, actions, created_at) select 'p' || i, '**', 'pull', ${NOW} from generate_series(1, ${MANY}) i`,
  `insert into users select 'id' || i, 'user' || i, 'hash', 1, 0, 0, ${NOW} from generate_series(1, 1000) i`,
];

const OVER = { expiredBy: LATE.getTime(), deletedBy: LATE.getTime() };

/** What is asked, and how many rows PostgreSQL may look at for it, in all its statements together. */
const QUESTIONS: readonly (readonly [what: string, rows: number, ask: (db: Transaction) => Promise<unknown>])[] = [
  ['a manifest by its tag', 10, (db) => findTaggedManifest(db, BIG, 'tag777' as Tag)],
  ['a manifest by its digest', 10, (db) => findManifest(db, BIG, digest(777))],
  ['which manifest a tag names', 10, (db) => findTaggedManifestKey(db, BIG, 'tag777' as Tag)],
  ['whether there is a manifest', 10, (db) => findManifestKey(db, BIG, digest(777))],
  ['a linked blob', 10, (db) => findLinkedBlob(db, BIG, digest(777))],
  ['a blob', 2, (db) => findBlob(db, digest(777))],
  ['the blob of a key', 2, (db) => isStorageKeyNamed(db, 'key777')],
  ['a hundred blobs', 200, (db) => findBlobs(db, digests(100))],
  ['the blobs of a hundred keys', 300, (db) => findUnnamedKeys(db, keys(100))],
  ['which of a hundred blobs have no links', 400, (db) => findUnlinkedBlobs(db, LATE, digests(100))],
  ['a repository', 2, (db) => findRepositoryId(db, BIG)],
  ['a page of tags', 120, (db) => listTagNames(db, 1, 'tag5', 100)],
  ['a page of repositories', 300, (db) => listRepositoryNames(db, 'small/5', 100)],
  ['empty repositories', 4000, (db) => listEmptyRepositories(db, LATE, { after: undefined, rows: 100 })],
  [
    'which of fifty blobs are not linked',
    120,
    (db) =>
      findUnlinked(
        db,
        1,
        Array.from({ length: 50 }, (_, i) => digest(i * 37 + 1)),
      ),
  ],
  ['who holds a blob', 60, (db) => listHolders(db, digest(3), 10)],
  ['how deep manifests are', 20, (db) => findDepths(db, 1, [digest(1), digest(2), digest(3)])],
  [
    'a page of referrers',
    250,
    (db) => listReferring(db, { repositoryId: 1, subject: 'sha256:s4' as Digest, after: '', limit: 100 }, undefined),
  ],
  ['a hundred manifests', 200, (db) => findManifestRows(db, 1, digests(100))],
  ['a hundred manifests and their tags', 400, (db) => listDeletable(db, 1, digests(100))],
  ['what a hundred manifests name', 700, (db) => listNamed(db, 1, digests(100))],
  ['what names a hundred blobs', 800, (db) => listNaming(db, 1, digests(100))],
  ['who holds a hundred blobs', 1300, (db) => listHeldBlobs(db, digests(100))],
  ['which manifest names a blob', 4, (db) => findNamingManifest(db, 1, digest(777))],
  ['the end of a stretch', 1100, (db) => findStretchEnd(db, { after: digest(777), rows: 1000 })],
  ['a page of all blobs', 120, (db) => listBlobs(db, digest(777), 100)],
  ['a stretch of blobs without links', 5000, (db) => listUnlinkedBlobs(db, LATE, { after: digest(777), rows: 1000 })],
  [
    'a stretch of unnamed links',
    8000,
    (db) => listUnnamedLinks(db, LATE, { after: { repositoryId: 1, digest: digest(777) }, rows: 1000 }),
  ],
  [
    'a stretch of untagged manifests',
    8000,
    (db) => listUntagged(db, LATE, { after: { repositoryId: 1, digest: digest(777) }, rows: 1000 }),
  ],
  ['a stretch of unnamed contents', 8000, (db) => listUnnamedContents(db, { after: digest(777), rows: 1000 })],
  ['what waits to be swept', 10, (db) => listForgottenBlobs(db, LATE, '', 100)],
  [
    'a stretch of orphans',
    15_000,
    (db) => listOrphans(db, LATE, { after: { trashId: 5, digest: digest(1) }, rows: 500 }),
  ],
  ['what of the trash is over', 120, (db) => listPurgeable(db, OVER, { after: undefined, limit: 100 })],
  ['a piece of the trash purged', 4000, (tx) => purgeContents(tx, [7, 8, 9], 50)],
  ['a piece of a repository purged', 4000, (tx) => purgeRepositoryContents(tx, 1, 500)],
  ['images that ended', 60, (db) => listExpired(db, LATE, { after: undefined, rows: 100 })],
  [
    'a page of tags by name, pushes and pulls',
    1000,
    async (db) => {
      const stretch = { repositoryId: 1, prefix: '', part: '', rows: 100, limit: 100 };
      for (const walk of ['name', 'pushed', 'pulled', 'never pulled'] as const) {
        await walkTags(db, walk, 'descending', { ...stretch, after: BEFORE_FIRST.descending });
      }
    },
  ],
  [
    'what is known of a hundred tags',
    2500,
    (db) =>
      listTagDetails(
        db,
        1,
        Array.from({ length: 100 }, (_, place) => `tag${place + 1}` as Tag),
      ),
  ],
  ['repositories with what they hold', 200, (db) => listRepositorySummaries(db, [1, 2, 3])],
  ['an upload', 4, (db) => findUpload(db, 'u777' as UploadId)],
  ['how many uploads somebody has', 250, (db) => countUploadsOf(db, 'p7')],
  ['a page of old uploads', 120, (db) => listUploadsOpenedBefore(db, LATE, 'u5', 100)],
  ['a token by its secret', 2, (db) => findTokenBySecretHash(db, 'hash777')],
  ['a token by its name', 2, (db) => findTokenByName(db, 'name777')],
  ['the tokens of somebody', 50, (db) => listTokensOf(db, 'user7')],
  ['a user', 2, (db) => findUserByName(db, 'user777')],
  ['the grants of three principals', 10, (db) => listGrantsOf(db, ['p7', 'p77', 'p777'])],
  ['a tag set', 10, (tx) => saveTag(tx, { repositoryId: 1, tag: 'tag777' as Tag, digest: digest(778) }, DATE)],
  ['a link made', 10, (tx) => saveLink(tx, { repositoryId: 1, digest: digest(777) }, DATE)],
  ['a tag deleted', 10, (tx) => deleteTag(tx, 1, 'tag777' as Tag)],
  ['the tags of a digest deleted', 10, (tx) => deleteTagsOf(tx, 1, digest(778))],
  ['a manifest deleted', 10, (tx) => deleteManifest(tx, 1, digest(778))],
  ['its edges deleted', 20, (tx) => deleteEdges(tx, 1, digest(778))],
  ['a link deleted', 10, (tx) => deleteLink(tx, { repositoryId: 1, digest: digest(777) })],
  ['a hundred links deleted', 400, (tx) => deleteUnnamedLinks(tx, 1, digests(100), LATE)],
  ['a hundred blobs forgotten', 200, (tx) => saveForgottenBlobs(tx, digests(100), DATE)],
  ['a hundred blobs deleted', 200, (tx) => deleteBlobs(tx, digests(100))],
  ['a hundred keys swept', 200, (tx) => deleteForgottenBlobs(tx, keys(100))],
  ['the bytes of a hundred manifests deleted', 200, (tx) => deleteContents(tx, digests(100))],
  ['a hundred edges made', 200, (tx) => saveEdges(tx, 1, digest(1), edges(100))],
  ['a hundred manifests trashed', 4000, (tx) => trashManifests(tx, { trashId: 7, repositoryId: 1 }, digests(100))],
  ['the links of a blob deleted', 10, (tx) => deleteLinksOf(tx, digest(779))],
];

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that a plan read from tables and indexes. */
function rowsRead(node: PlanNode): number {
  const own = node['Node Type'].endsWith(' Scan')
    ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
      node['Actual Loops']
    : 0;
  return own + (node.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), 0);
}

function literal(value: BoundValue): string {
  if (value === null) return 'null';
  return value instanceof Uint8Array ? `'\\x${Buffer.from(value).toString('hex')}'` : `'${value}'`;
}

/** Runs what it is asked, and adds up what PostgreSQL read for it. */
class Explained {
  rows = 0;
  readonly plans: string[] = [];
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  get queryable(): Queryable {
    const run = (text: string, values: readonly BoundValue[]) => this.#run(text, values);
    const explaining = { run, runBuilt: run } as unknown as PostgresConnection;
    return new PostgresQuestions((ask) => ask(explaining));
  }

  async #run(text: string, values: readonly BoundValue[]): Promise<readonly unknown[]> {
    const command = (sql: string): Promise<unknown> => this.#connection.command(sql);
    await command(`savepoint explained; prepare explained as ${text}`);
    const given = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
    const [row] = await this.#connection.runBuilt(`explain (analyze, format json) execute explained${given}`, []);
    const [{ Plan: plan }] = (row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
    this.rows += rowsRead(plan);
    this.plans.push(
      JSON.stringify(
        plan,
        [
          'Node Type',
          'Index Name',
          'Relation Name',
          'Actual Rows',
          'Actual Loops',
          'Rows Removed by Filter',
          'Plans',
          'Join Type',
        ],
        1,
      ),
    );
    await command('rollback to explained; deallocate explained');
    return this.#connection.run(text, values);
  }
}

const plansRunHere = postgresRunsHere('plans of PostgreSQL');
for (const state of ['never analysed', 'analysed'] as const) {
  describe.if(plansRunHere)(`PostgreSQL, with a repository of many manifests, ${state}, reads little to find`, () => {
    let connection: PostgresConnection;

    beforeAll(async () => {
      const url = await newPostgresDatabase();
      await (await openTestPostgres(url)).close();
      connection = await PostgresConnection.open({
        settings: postgresSettings(url),
        name: 'plans',
        statementSeconds: 60,
        silenceSeconds: 60,
        idleInTransactionSeconds: 60,
        onSlowQuery: () => undefined,
      });
      for (const statement of FILL) await connection.command(statement);
      if (state === 'analysed') await connection.command('analyze');
    }, 60_000);

    afterAll(() => connection.destroy());

    for (const [what, rows, ask] of QUESTIONS) {
      it(what, async () => {
        for (const mode of ['generic', 'custom']) {
          const explained = new Explained(connection);
          await connection.command(`set plan_cache_mode = force_${mode}_plan; begin`);
          try {
            await ask(explained.queryable as Transaction);
          } finally {
            await connection.command('rollback');
          }
          if (explained.rows > rows) console.log(mode, explained.plans.join('\n'));
          expect(explained.rows).toBeLessThanOrEqual(rows);
        }
      });
    }
  });
}
