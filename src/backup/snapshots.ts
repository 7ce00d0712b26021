import { BackupError } from './backup-error.ts';
import { BACKUP_FILE, type BackupPlace } from './backup-place.ts';
import { isSnapshotName, snapshotPath } from './paths.ts';

/** `snapshot.json`: what a snapshot holds. */
export interface SnapshotDescription {
  readonly format: 1;
  /** Of the program that made it. */
  readonly version: string;
  readonly createdAt: string;
  /** Of the installation; it stays through restores and migrations. */
  readonly installation: string;
  readonly facts: { readonly sha256: string; readonly bytes: number; readonly rows: Readonly<Record<string, number>> };
  readonly content: { readonly blobs: number; readonly bytes: number };
  /** Content that was lost or damaged when the backup was made: it is named and not here. */
  readonly lost: readonly string[];
}

export const SNAPSHOT_FILE = 'snapshot.json';
export const FACTS_FILE = 'havre.db';

/** A description is a few hundred bytes, and the lost digests: nobody else's file is read into memory. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024;

/** Of those that are whole, the oldest first. */
export async function listSnapshots(place: BackupPlace): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { path } of place.list('snapshots')) {
    const [, name = '', file] = path.split('/');
    if (file === SNAPSHOT_FILE && isSnapshotName(name)) names.push(name);
  }
  return names.toSorted();
}

/** @throws {BackupError} it cannot be read as one. */
export async function readSnapshot(place: BackupPlace, name: string): Promise<SnapshotDescription> {
  const document = await readDocument(place, snapshotPath(name, SNAPSHOT_FILE));
  if (isDescription(document)) return document;
  throw new BackupError(
    'BACKUP_DAMAGED',
    `Snapshot ${name} in ${place.name} is not one that this version reads. Update Havre, or choose another snapshot.`,
  );
}

/**
 * Sees to it that the backups here are of this installation: others would be pruned among them.
 *
 * @throws {BackupError} they are not, or a registry has its own data here.
 */
export async function claimPlace(place: BackupPlace, installation: string): Promise<void> {
  if ((await place.size(BACKUP_FILE)) === undefined) {
    if ((await place.size(FACTS_FILE)) !== undefined) {
      throw new BackupError(
        'TARGET_INVALID',
        `${place.name} is the data folder of a registry. A backup has a folder of its own, best on another disk.`,
      );
    }
    const text = `${JSON.stringify({ format: 1, installation }, null, 2)}\n`;
    await place.write(BACKUP_FILE, piecesOf(text), Buffer.byteLength(text));
    return;
  }
  const document = (await readDocument(place, BACKUP_FILE)) as { installation?: unknown } | undefined;
  if (document?.installation === installation) return;
  throw new BackupError(
    'BACKUP_FOREIGN',
    `${place.name} holds backups of another installation. Each has its own folder: choose another one.`,
  );
}

/** A document of ours as the bytes of a file. */
export async function* piecesOf(text: string): AsyncGenerator<Uint8Array, void> {
  yield new TextEncoder().encode(text);
}

async function readDocument(place: BackupPlace, path: string): Promise<unknown> {
  const size = await place.size(path);
  if (size === undefined || size > LARGEST_DOCUMENT) return undefined;
  const text = await new Response(await place.read(path)).text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDescription(document: unknown): document is SnapshotDescription {
  const { format, facts, content } = (document ?? {}) as Partial<SnapshotDescription>;
  return format === 1 && typeof facts?.sha256 === 'string' && typeof content?.blobs === 'number';
}
