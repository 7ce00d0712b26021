import { findBlobs, listBlobs } from '../metadata/all-blobs.ts';
import { countBlobs, deleteBlob } from '../metadata/blobs.ts';
import { COPIED_TABLES, tableOf, type CopiedTable } from '../metadata/copy/copied-tables.ts';
import { copyFacts } from '../metadata/copy/copy-facts.ts';
import type { TableFingerprint } from '../metadata/copy/table-fingerprint.ts';
import type { Database } from '../metadata/database.ts';
import type { Leases } from '../jobs/leases.ts';
import type { Digest } from '../oci/digest.ts';
import type { StorageKey, Store } from '../storage/blob-store.ts';
import { BackupError } from './backup-error.ts';
import { withBackupLease } from './backup-lease.ts';
import { compareFacts } from './compare-facts.ts';
import { moveContent, type ContentMoved, type MoveTarget } from './content-move.ts';
import { ensureInstallationId } from './installation-id.ts';
import { markTarget, requireFree, saveMovedOut, saveMovingMark } from './moving-mark.ts';
import { ProgressCount, type OnProgress } from './progress.ts';
import type { WriteGate } from './write-gate.ts';

export interface MigrationSource {
  /** Not through the gate. */
  readonly db: Database;
  readonly store: Store;
  readonly gate: WriteGate;
  readonly leases: Pick<Leases, 'take'>;
}

export interface MigrationTarget extends MoveTarget {
  /** Bytes stay where they are: the target's store is the source's. */
  readonly keepsBytes: boolean;
}

export interface MigrationOptions {
  /** Look at both, and change nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly now: () => Date;
}

export interface MigrationReport extends ContentMoved {
  readonly dryRun: boolean;
  readonly blobs: number;
  readonly bytes: number;
  /** What was compared, table by table; nothing of it in a dry run. */
  readonly tables: readonly TableFingerprint[];
  /** How long nothing could be pushed until all was there; it stays so until somebody starts from the target. */
  readonly readOnlySeconds: number;
}

/** One run. */
interface Run extends MigrationOptions {
  readonly source: MigrationSource;
  readonly target: MigrationTarget;
  readonly progress: ProgressCount;
  readonly tables: readonly CopiedTable[];
}

/** While more than this was new in a round, another one is worth it before anybody has to wait. */
const LITTLE = { blobs: 20, bytes: 64 * 1024 * 1024 };
const MOST_ROUNDS = 5;

/**
 * Takes a running registry to another database, another store, or both. While it serves, bytes and facts are copied until
 * little is left; then it is read-only for the rest, and stays so when all is there and compared: from then on the target
 * is the registry. When anything fails it is open again. May be killed at any point, and goes on when it is run again.
 *
 * @throws {BackupError} the target holds something else, or differs in the end.
 */
export function migrate(
  source: MigrationSource,
  target: MigrationTarget,
  options: MigrationOptions,
): Promise<MigrationReport> {
  if (source.db.isShared) {
    throw new BackupError(
      'TARGET_INVALID',
      'These facts are in PostgreSQL, where other nodes write them too: move them with havre backup and havre restore.',
    );
  }
  if (source.gate.isClosed) {
    throw new BackupError(
      'MIGRATION_RUNNING',
      'This registry was moved already and is read-only. Start it from where it is now, or go back: havre migrate --resume-serving',
    );
  }
  return withBackupLease(source.leases, options.signal, async (signal) => {
    const progress = new ProgressCount(options.onProgress);
    const tables = target.keepsBytes ? [...COPIED_TABLES, tableOf('forgotten_blobs')] : WITHOUT_BLOBS;
    const run = { ...options, signal, source, target, progress, tables };
    const mark = {
      kind: 'migration',
      source: await ensureInstallationId(source.db, options.now()),
      state: 'copying',
    } as const;
    if (options.dryRun) {
      await requireFree(target.db, mark);
      return dryReport(run);
    }
    await markTarget(target.db, mark, options.now());
    await copyWhileServing(run);
    return finish(run, async () => {
      await saveMovingMark(target.db, { ...mark, state: 'complete' }, options.now());
      await saveMovedOut(source.db, options.now());
    });
  });
}

/** Where bytes move, the store that takes them says where they lie. */
const WITHOUT_BLOBS = COPIED_TABLES.filter(({ name }) => name !== 'blobs');

async function dryReport({ source, target, progress, signal }: Run): Promise<MigrationReport> {
  const { count: blobs, bytes } = await countBlobs(source.db);
  progress.begin('content', { count: blobs, bytes });
  await target.store.check();
  signal.throwIfAborted();
  return { dryRun: true, blobs, bytes, copied: 0, copiedBytes: 0, kept: 0, lost: [], tables: [], readOnlySeconds: 0 };
}

async function copyWhileServing(run: Run): Promise<void> {
  const { source, target, progress, signal, tables } = run;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const moved = await moveBytes(run);
    progress.begin('facts');
    const onRows = (_: string, rows: number): void => progress.rows(rows);
    await source.db.snapshot((facts) => copyFacts(facts, target.db, { tables, signal, onRows }));
    if (moved.copied <= LITTLE.blobs && moved.copiedBytes <= LITTLE.bytes) return;
  }
}

async function moveBytes({ source, target, progress, signal }: Run): Promise<ContentMoved> {
  if (target.keepsBytes) return { copied: 0, copiedBytes: 0, kept: 0, lost: [] };
  progress.begin('content', await countBlobs(source.db));
  return moveContent({
    facts: source.db,
    read: ({ storageKey, size }) => source.store.read(storageKey as StorageKey, size), // the store made this key
    to: target,
    progress,
    signal,
  });
}

async function finish(run: Run, complete: () => Promise<void>): Promise<MigrationReport> {
  const { source, target, progress, signal, tables } = run;
  const began = performance.now();
  try {
    await source.gate.close();
    const moved = await moveBytes(run);
    if (!target.keepsBytes) await removeGone(run);
    progress.begin('facts');
    const onRows = (_: string, rows: number): void => progress.rows(rows);
    await copyFacts(source.db, target.db, { tables, signal, onRows });
    progress.begin('checking');
    const compared = await compareFacts(source.db, target.db, { tables, signal, onRows });
    const { count: blobs, bytes } = await compareBlobs(run, moved.lost);
    await complete();
    const readOnlySeconds = (performance.now() - began) / 1000;
    return { dryRun: false, blobs, bytes, ...moved, tables: compared, readOnlySeconds };
  } catch (error) {
    source.gate.open();
    throw error;
  }
}

/** What was deleted since it was copied. */
async function removeGone({ source, target, signal }: Run): Promise<void> {
  let after: Digest | undefined;
  for (;;) {
    signal.throwIfAborted();
    const stretch = await listBlobs(target.db, after, 1000);
    after = stretch.at(-1)?.digest;
    if (after === undefined) return;
    const kept = await findBlobs(
      source.db,
      stretch.map(({ digest }) => digest),
    );
    for (const { digest, storageKey } of stretch.filter((blob) => !kept.has(blob.digest))) {
      await target.db.transaction((tx) => deleteBlob(tx, digest));
      await target.store.delete(storageKey as StorageKey); // the store made this key
    }
  }
}

async function compareBlobs(
  { source, target }: Run,
  lost: readonly Digest[],
): Promise<{ readonly count: number; readonly bytes: number }> {
  const [original, copy] = [await countBlobs(source.db), await countBlobs(target.db)];
  if (original.count - lost.length === copy.count) return copy;
  throw new BackupError(
    'COPY_DIFFERS',
    `The registry has ${original.count} blobs and its copy ${copy.count}: does somebody write to the target? Run it again.`,
  );
}
