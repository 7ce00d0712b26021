import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listBlobs } from '../metadata/all-blobs.ts';
import { countBlobs } from '../metadata/blobs.ts';
import { copyFacts } from '../metadata/copy/copy-facts.ts';
import type { Leases } from '../jobs/leases.ts';
import type { Database, Queryable } from '../metadata/database.ts';
import type { FactsFiles } from '../metadata/sqlite/facts-files.ts';
import { algorithmOf, encodedOf, type Digest } from '../oci/digest.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import { withBackupLease } from './backup-lease.ts';
import type { BackupPlace } from './backup-place.ts';
import { backUpContent, type ContentCopied } from './content-backup.ts';
import { ensureInstallationId } from './installation-id.ts';
import { ALGORITHMS, blobPath, snapshotName, snapshotPath, sumsFile, timeOfSnapshot } from './paths.ts';
import { ProgressCount, type OnProgress } from './progress.ts';
import { prune, removeUnfinished, sumLine, type Pruned } from './prune.ts';
import {
  claimPlace,
  FACTS_FILE,
  listSnapshots,
  piecesOf,
  SNAPSHOT_FILE,
  type SnapshotDescription,
} from './snapshots.ts';

export interface BackupParts {
  readonly db: Database;
  readonly store: Pick<BlobStore, 'read'>;
  readonly leases: Pick<Leases, 'take'>;
  /** Of this program. */
  readonly version: string;
  readonly now: () => Date;
  readonly files: FactsFiles;
  /** A folder on this machine for what is not on the disk of the backup. */
  readonly scratch: string;
}

export interface BackupOptions {
  /** Snapshots that stay, this one counted. Without it, all of them. */
  readonly keep: number | undefined;
  /** Read what is in the backup already. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

export interface BackupReport extends Omit<ContentCopied, 'lost'> {
  readonly place: string;
  readonly snapshot: string;
  readonly description: SnapshotDescription;
  readonly pruned: Pruned;
}

/** One run. */
interface Run extends BackupOptions {
  readonly parts: BackupParts;
  readonly place: BackupPlace;
  readonly progress: ProgressCount;
}

/**
 * Copies the facts as they are at one moment, then exactly the content they name, while everybody goes on pushing and
 * pulling. A snapshot is there only when all of it is. May be killed at any point: the next run copies the rest.
 *
 * @throws {BackupError} another one runs, no space, the place cannot be used.
 */
export function backUp(parts: BackupParts, place: BackupPlace, options: BackupOptions): Promise<BackupReport> {
  return withBackupLease(parts.leases, options.signal, async (signal) => {
    const run = { ...options, signal, parts, place, progress: new ProgressCount(options.onProgress) };
    const installation = await ensureInstallationId(parts.db, parts.now());
    await claimPlace(place, installation);
    await place.tidy();
    await removeUnfinished(place, await listSnapshots(place));
    const folder = join(place.scratch ?? parts.scratch, `backup-${crypto.randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      return await makeSnapshot(run, folder, installation);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function makeSnapshot(run: Run, folder: string, installation: string): Promise<BackupReport> {
  const { parts, place, progress, signal } = run;
  const file = join(folder, FACTS_FILE);
  const rows: Record<string, number> = {};
  const createdAt = parts.now();
  const facts = await parts.files.open(file);
  const name = await freeName(place, createdAt);
  let content: ContentCopied;
  let total: { readonly count: number; readonly bytes: number };
  try {
    progress.begin('facts');
    const onRows = (table: string, count: number): void => {
      rows[table] = (rows[table] ?? 0) + count;
      progress.rows(count);
    };
    await parts.db.snapshot((snapshot) => copyFacts(snapshot, facts, { signal, onRows }));
    total = await countBlobs(facts);
    progress.begin('content', total);
    content = await backUpContent({ ...run, facts, store: parts.store });
    progress.begin('finishing');
    await gatherSums(folder, facts, new Set(content.lost));
  } finally {
    await facts.close();
  }
  await parts.files.seal(file);
  const { lost, ...counts } = content;
  const written = await writeFacts(run, name, file);
  await writeSums(run, name, folder, written.sha256);
  const description: SnapshotDescription = {
    format: 1,
    version: parts.version,
    createdAt: createdAt.toISOString(),
    installation,
    facts: { ...written, rows },
    content: { blobs: total.count, bytes: total.bytes },
    lost,
  };
  await publish(place, name, description);
  const pruned = run.keep === undefined ? NOTHING_PRUNED : await prune(place, run.keep, signal);
  return { place: place.name, snapshot: name, description, ...counts, pruned };
}

const NOTHING_PRUNED: Pruned = { snapshots: [], blobs: 0, bytes: 0 };

/** Names sort as snapshots were made, also after a clock that was ahead: the last ones are those that pruning keeps. */
async function freeName(place: BackupPlace, now: Date): Promise<string> {
  const name = snapshotName(now);
  const newest = (await listSnapshots(place)).at(-1);
  return newest === undefined || newest < name ? name : snapshotName(new Date(timeOfSnapshot(newest).getTime() + 1000));
}

/** The lists of a snapshot, gathered in a folder of this machine while the facts are open. */
async function gatherSums(folder: string, facts: Queryable, lost: ReadonlySet<Digest>): Promise<void> {
  for (const algorithm of ALGORITHMS) await appendFile(join(folder, sumsFile(algorithm)), '');
  let after: Digest | undefined;
  for (;;) {
    const stretch = await listBlobs(facts, after, 1000);
    after = stretch.at(-1)?.digest;
    if (after === undefined) return;
    for (const algorithm of ALGORITHMS) {
      const lines = stretch
        .filter(({ digest }) => algorithmOf(digest) === algorithm && !lost.has(digest))
        .map(({ digest }) => sumLine(encodedOf(digest), blobPath(digest)));
      await appendFile(join(folder, sumsFile(algorithm)), lines.join(''));
    }
  }
}

/** The facts are checked with the list of SHA-256, which is always there. */
async function writeSums({ place, signal }: Run, name: string, folder: string, factsHash: string): Promise<void> {
  await appendFile(join(folder, sumsFile('sha256')), sumLine(factsHash, snapshotPath(name, FACTS_FILE)));
  for (const algorithm of ALGORITHMS) {
    const file = Bun.file(join(folder, sumsFile(algorithm)));
    if (file.size === 0) continue;
    const pieces = hashed(file.stream(), new Bun.CryptoHasher(algorithm), signal);
    await place.write(snapshotPath(name, sumsFile(algorithm)), pieces, file.size);
  }
}

async function writeFacts(
  { place, signal }: Run,
  name: string,
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = new Bun.CryptoHasher('sha256');
  const file = Bun.file(path);
  await place.write(snapshotPath(name, FACTS_FILE), hashed(file.stream(), hash, signal), file.size);
  return { sha256: hash.digest('hex'), bytes: file.size };
}

async function* hashed(
  pieces: ReadableStream<Uint8Array>,
  hash: Bun.CryptoHasher,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    hash.update(piece);
    yield piece;
  }
}

/** From here on it is a snapshot; everything it needs survives a power cut already. */
async function publish(place: BackupPlace, name: string, description: SnapshotDescription): Promise<void> {
  await place.settle();
  const text = `${JSON.stringify(description, null, 2)}\n`;
  await place.write(snapshotPath(name, SNAPSHOT_FILE), piecesOf(text), Buffer.byteLength(text));
  await place.settle();
}
