/**
 * Where backups are kept: files below one root, whoever keeps them.
 *
 *     <root>/
 *       blobs/sha256/ab/<hex>                  content under its own digest, shared by all snapshots
 *       snapshots/20261120T234510Z/
 *         havre.db                             the facts: a database of a data folder, as it is
 *         SHA256SUMS                           what belongs to it: sha256sum --check, from the root
 *         snapshot.json                        written last: without it there is no snapshot
 *       backup.json                            whose backups these are
 */
export interface BackupPlace {
  /** For people. */
  readonly name: string;

  /** A folder of this machine on the disk of the backup, if it is one: facts are gathered there. */
  readonly scratch?: string;

  /** In bytes; `undefined` when there is no such file. */
  size(path: string): Promise<number | undefined>;

  /** @throws {BackupError} there is no such file. */
  read(path: string): Promise<ReadableStream<Uint8Array>>;

  /**
   * Writes a file as a whole or not at all, in the place of one that is there.
   *
   * @param size in bytes.
   * @throws what `content` throws; nothing is then kept.
   */
  write(path: string, content: AsyncIterable<Uint8Array>, size: number): Promise<void>;

  /** The files below a folder (`blobs/sha256/ab`), in no order. */
  list(folder: string): AsyncIterable<{ readonly path: string; readonly size: number }>;

  /** Removing what is gone succeeds. */
  delete(path: string): Promise<void>;

  /** What was written until now survives a power cut. */
  settle(): Promise<void>;

  /** Removes what an interrupted `write` left. To be called by the only one who writes. */
  tidy(): Promise<void>;
}

export const BACKUP_FILE = 'backup.json';
