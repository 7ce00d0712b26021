import type { Database as SqliteFile } from 'bun:sqlite';

/**
 * What SQLite is told of a table and one of its indexes (the table's own name is its primary key): how many rows there
 * are, and how many of them share the first column of the index, the first two, and so on.
 */
const STATISTICS: readonly (readonly [table: string, index: string, rows: string])[] = [
  ['blobs', 'blobs', '1000000 1'],
  ['blobs', 'blobs_by_storage_key', '1000000 1'],
  ['links', 'links', '1000000 100 1'],
  ['links', 'links_by_digest', '1000000 4'],
  ['manifest_contents', 'sqlite_autoindex_manifest_contents_1', '100000 1'],
  ['manifest_edges', 'manifest_edges', '1000000 100 10 1 1'],
  ['manifest_edges', 'manifest_edges_by_digest', '1000000 100 2'],
  ['manifests', 'manifests', '100000 100 1'],
  ['manifests', 'manifests_by_digest', '100000 2'],
  ['manifests', 'manifests_by_subject', '10000 20 2 1'],
  ['repositories', 'sqlite_autoindex_repositories_1', '10000 1'],
  ['tags', 'tags', '200000 1000 1'],
  ['tags', 'tags_by_digest', '200000 1000 2'],
];

/**
 * Tells SQLite what a large registry looks like, whatever this one holds today. Without statistics it takes a
 * repository for ten rows, and reads all of them where it has an index for the few that are wanted; with statistics of
 * its own, a plan would depend on when they were taken. To be called before the connections that answer are opened.
 *
 * @see https://sqlite.org/lang_analyze.html, "Approximate ANALYZE For Large Databases" and "the sqlite_stat1 table"
 */
export function settlePlans(file: SqliteFile): void {
  file.run('ANALYZE sqlite_schema'); // makes the table of statistics
  file.transaction(() => {
    file.run('DELETE FROM sqlite_stat1');
    const insert = file.prepare('INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)');
    for (const row of STATISTICS) insert.run(...row);
  })();
  file.run('ANALYZE sqlite_schema'); // and reads it
}
