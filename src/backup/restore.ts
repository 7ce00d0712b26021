import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { countBlobs } from '../metadata/blobs.ts';
import { COPIED_TABLES } from '../metadata/copy/copied-tables.ts';
import { copyFacts } from '../metadata/copy/copy-facts.ts';
import type { Database } from '../metadata/database.ts';
import type { FactsFiles } from '../metadata/sqlite/facts-files.ts';
import { parseDigest } from '../oci/digest.ts';
import { ContentMissingError } from '../oci/errors.ts';
import { BackupError } from './backup-error.ts';
import type { BackupPlace } from './backup-place.ts';
import { compareFacts } from './compare-facts.ts';
import { moveContent, type ContentMoved, type MoveTarget } from './content-move.ts';
import { markTarget, removeMovingMark } from './moving-mark.ts';
import { blobPath, snapshotPath } from './paths.ts';
import { ProgressCount, type OnProgress } from './progress.ts';
import { FACTS_FILE, listSnapshots, readSnapshot, type SnapshotDescription } from './snapshots.ts';
import { ContentCorruptError, verified } from '../storage/verified-content.ts';

export interface RestoreParts {
  readonly to: MoveTarget;
  readonly now: () => Date;
  readonly files: FactsFiles;
  /** A folder on this machine for the facts on their way. */
  readonly scratch: string;
}

export interface RestoreOptions {
  /** Its name; without it, the newest. */
  readonly snapshot: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

export interface RestoreReport extends ContentMoved {
  readonly place: string;
  readonly snapshot: string;
  readonly description: SnapshotDescription;
}

/** All but `blobs`: the store that takes the bytes says where they lie. */
const TABLES = COPIED_TABLES.filter(({ name }) => name !== 'blobs');

/**
 * Fills an empty database and an empty store with what a snapshot holds, whatever they are and whatever it was made of.
 * May be killed at any point, and goes on with the same snapshot when it is run again.
 *
 * @throws {BackupError} no such snapshot, a damaged one, or a target that holds something else.
 */
export async function restore(
  parts: RestoreParts,
  place: BackupPlace,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const snapshot = await chosen(place, options.snapshot);
  const description = await readSnapshot(place, snapshot);
  const folder = join(parts.scratch, `restore-${crypto.randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const file = join(folder, FACTS_FILE);
    await fetchFacts(place, { snapshot, description, file }, options.signal);
    const facts = await parts.files.open(file);
    try {
      const source = `${description.installation} ${snapshot}`;
      await markTarget(parts.to.db, { kind: 'restore', source, state: 'copying' }, parts.now());
      const moved = await fill(parts, place, facts, options);
      await removeMovingMark(parts.to.db);
      return { place: place.name, snapshot, description, ...moved };
    } finally {
      await facts.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(
  { to }: RestoreParts,
  place: BackupPlace,
  facts: Database,
  { signal, onProgress }: RestoreOptions,
): Promise<ContentMoved> {
  const progress = new ProgressCount(onProgress);
  progress.begin('content', await countBlobs(facts));
  const moved = await moveContent({
    facts,
    to,
    progress,
    signal,
    read: async ({ digest }) => {
      const path = blobPath(digest);
      if ((await place.size(path)) === undefined) throw new ContentMissingError(path);
      return place.read(path);
    },
  });
  progress.begin('facts');
  const onRows = (_: string, rows: number): void => progress.rows(rows);
  await copyFacts(facts, to.db, { tables: TABLES, signal, onRows });
  progress.begin('checking');
  await compareFacts(facts, to.db, { tables: TABLES, signal, onRows });
  return moved;
}

async function chosen(place: BackupPlace, wanted: string | undefined): Promise<string> {
  const names = await listSnapshots(place);
  const name = wanted ?? names.at(-1);
  if (name === undefined) {
    throw new BackupError('BACKUP_UNKNOWN', `There is no backup in ${place.name}.`);
  }
  if (names.includes(name)) return name;
  throw new BackupError(
    'BACKUP_UNKNOWN',
    `There is no snapshot ${name} in ${place.name}. There are: ${names.join(', ') || 'none'}.`,
  );
}

interface WantedFacts {
  readonly snapshot: string;
  readonly description: SnapshotDescription;
  readonly file: string;
}

async function fetchFacts(place: BackupPlace, wanted: WantedFacts, signal: AbortSignal): Promise<void> {
  const { snapshot, description, file } = wanted;
  const path = snapshotPath(snapshot, FACTS_FILE);
  const expected = { digest: parseDigest(`sha256:${description.facts.sha256}`), size: description.facts.bytes };
  const writer = Bun.file(file).writer();
  try {
    for await (const piece of verified(await place.read(path), expected, { signal })) {
      await writer.write(piece);
      await writer.flush();
    }
  } catch (error) {
    if (!(error instanceof ContentCorruptError)) throw error;
    throw new BackupError(
      'BACKUP_DAMAGED',
      `${path} in ${place.name} is damaged: it is not what ${snapshot} says of it. Choose another snapshot.`,
      { cause: error },
    );
  } finally {
    await writer.end();
  }
}
