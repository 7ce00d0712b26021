import { Database as SqliteFile } from 'bun:sqlite';
import type { Database } from '../database.ts';
import { openSqlite } from './open.ts';
import { translateSqliteError } from './sqlite-errors.ts';

/** Databases of facts that are one file each, to be carried about. */
export interface FactsFiles {
  /** Made when it is not there, brought up to date when an older version made it. */
  open(path: string): Promise<Database>;

  /** To be called when it is closed: the file is then all there is of it. */
  seal(path: string): Promise<void>;
}

export const sqliteFiles: FactsFiles = {
  open: openSqlite,
  // A connection whose statements wait for the garbage collector is not closed yet, and leaves its log beside the file.
  seal: async (path) => {
    try {
      using file = new SqliteFile(path, { readwrite: true, strict: true });
      file.run('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      throw translateSqliteError(error);
    }
  },
};
