import { Database as SqliteFile } from 'bun:sqlite';
import { expect, it } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite } from './open.ts';

/** What SQLite would do, on a database that is new: no plan may depend on how much it holds. */
async function plansOf(statements: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'havre-plans-'));
  try {
    await (await openSqlite(join(folder, 'havre.db'))).close();
    using file = new SqliteFile(join(folder, 'havre.db'), { readonly: true });
    return statements.map((statement) =>
      file
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${statement}`)
        .all()
        .map(({ detail }) => detail)
        .join('; '),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

it('finds by index what is asked of a repository of 100,000 manifests or tags', async () => {
  const plans = await plansOf([
    `SELECT digest, size FROM manifests
      WHERE repository_id = 1 AND subject = 'a' AND digest > '' ORDER BY digest LIMIT 10`,
    `DELETE FROM tags WHERE repository_id = 1 AND digest = 'a' RETURNING name`,
  ]);

  expect(plans).toEqual([
    'SEARCH manifests USING INDEX manifests_by_subject (repository_id=? AND subject=? AND digest>?)',
    'SEARCH tags USING INDEX tags_by_digest (repository_id=? AND digest=?)',
  ]);
});

it('finds by index what is asked with a list', async () => {
  const list = 'IN (SELECT value FROM json_each(?))';
  const plans = await plansOf([
    `SELECT storage_key FROM blobs WHERE storage_key ${list}`,
    `DELETE FROM blobs WHERE digest ${list}`,
    `DELETE FROM links WHERE repository_id = 1 AND digest ${list} AND linked_at < 1 RETURNING digest`,
    `SELECT digest, depth FROM manifests WHERE repository_id = 1 AND digest ${list}`,
    `SELECT digest FROM manifest_edges WHERE repository_id = 1 AND manifest_digest ${list}`,
    `SELECT digest FROM manifest_edges WHERE repository_id = 1 AND digest ${list}`,
    `SELECT digest FROM manifests WHERE repository_id = 1 AND subject ${list}`,
    `SELECT name, digest FROM tags WHERE repository_id = 1 AND name ${list}`,
    `SELECT name, digest FROM tags WHERE repository_id = 1 AND digest ${list}`,
    `DELETE FROM tags WHERE repository_id = 1 AND digest ${list} RETURNING name`,
    `SELECT tags.name FROM tags JOIN trash ON trash.id = 1 WHERE tags.repository_id = 1 AND tags.digest ${list}`,
    `SELECT digest FROM trashed_edges WHERE digest ${list} AND is_linked = 1`,
    `SELECT id, name FROM repositories WHERE name ${list}`,
  ]);

  expect(
    plans.map((plan) => plan.replace('SEARCH trash USING INTEGER PRIMARY KEY (rowid=?); ', '').split(';')[0]),
  ).toEqual([
    'SEARCH blobs USING COVERING INDEX blobs_by_storage_key (storage_key=?)',
    'SEARCH blobs USING PRIMARY KEY (digest=?)',
    'SEARCH links USING PRIMARY KEY (repository_id=? AND digest=?)',
    'SEARCH manifests USING PRIMARY KEY (repository_id=? AND digest=?)',
    'SEARCH manifest_edges USING PRIMARY KEY (repository_id=? AND manifest_digest=?)',
    'SEARCH manifest_edges USING COVERING INDEX manifest_edges_by_digest (repository_id=? AND digest=?)',
    'SEARCH manifests USING COVERING INDEX manifests_by_subject (repository_id=? AND subject=?)',
    'SEARCH tags USING PRIMARY KEY (repository_id=? AND name=?)',
    'SEARCH tags USING COVERING INDEX tags_by_digest (repository_id=? AND digest=?)',
    'SEARCH tags USING INDEX tags_by_digest (repository_id=? AND digest=?)',
    'SEARCH tags USING COVERING INDEX tags_by_digest (repository_id=? AND digest=?)',
    'SEARCH trashed_edges USING INDEX trashed_edges_by_digest (digest=?)',
    'SEARCH repositories USING COVERING INDEX sqlite_autoindex_repositories_1 (name=?)',
  ]);
});
