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
