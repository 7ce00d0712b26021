import type { DigestAlgorithm } from '../oci/digest.ts';
import type { BackupPlace } from './backup-place.ts';
import { ALGORITHMS, blobFolder, isBlobPath, isSnapshotName, PREFIXES, snapshotPath, sumsFile } from './paths.ts';
import { listSnapshots, SNAPSHOT_FILE } from './snapshots.ts';

/** What went from a backup. */
export interface Pruned {
  readonly snapshots: readonly string[];
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Removes all snapshots but the newest `keep`, and the content that none of the kept ones names. May be stopped at any
 * point: a snapshot is no longer one before anything of it goes, and content goes last.
 */
export async function prune(place: BackupPlace, keep: number, signal: AbortSignal): Promise<Pruned> {
  const names = await listSnapshots(place);
  const gone = names.slice(0, Math.max(0, names.length - keep));
  const kept = names.slice(gone.length);
  for (const name of gone) await place.delete(snapshotPath(name, SNAPSHOT_FILE));
  await place.settle();
  await removeUnfinished(place, kept);
  let blobs = 0;
  let bytes = 0;
  for (const algorithm of ALGORITHMS) {
    for await (const { folder, named } of namedByFolder(place, kept, algorithm)) {
      signal.throwIfAborted();
      for await (const { path, size } of place.list(folder)) {
        if (named.has(path) || !isBlobPath(path)) continue;
        await place.delete(path);
        blobs += 1;
        bytes += size;
      }
    }
  }
  await place.settle();
  return { snapshots: gone, blobs, bytes };
}

/** Files of snapshots that are none: pruned half-way, or never finished. */
export async function removeUnfinished(place: BackupPlace, whole: readonly string[]): Promise<void> {
  const stale: string[] = [];
  for await (const { path } of place.list('snapshots')) {
    const [, name = ''] = path.split('/');
    if (isSnapshotName(name) && !whole.includes(name)) stale.push(path);
  }
  for (const path of stale) await place.delete(path);
}

interface NamedFolder {
  readonly folder: string;
  readonly named: ReadonlySet<string>;
}

/** The lists are sorted: walked side by side, only one folder's names are in memory. */
async function* namedByFolder(
  place: BackupPlace,
  snapshots: readonly string[],
  algorithm: DigestAlgorithm,
): AsyncGenerator<NamedFolder, void> {
  const lists = [];
  for (const name of snapshots) {
    const path = snapshotPath(name, sumsFile(algorithm));
    // A list of nothing is not written; the one of SHA-256 has the facts at least.
    if (algorithm === 'sha512' && (await place.size(path)) === undefined) continue;
    lists.push(new SumsReader(place, path));
  }
  for (const prefix of PREFIXES) {
    const folder = blobFolder(algorithm, prefix);
    const named = new Set<string>();
    for (const list of lists) await list.takeUpTo(folder, (path) => named.add(path));
    yield { folder, named };
  }
  for (const list of lists) await list.close();
}

/** Reads a list of sums from one end to the other, folder by folder. */
class SumsReader {
  readonly #lines: AsyncGenerator<string, void>;
  #next: string | undefined;
  #isStarted = false;

  constructor(place: BackupPlace, path: string) {
    this.#lines = linesOf(place, path);
  }

  async takeUpTo(folder: string, take: (path: string) => void): Promise<void> {
    if (!this.#isStarted) await this.#advance();
    while (this.#next !== undefined && this.#next <= `${folder}/~`) {
      take(this.#next);
      await this.#advance();
    }
  }

  async close(): Promise<void> {
    await this.#lines.return();
  }

  /** Only content is in folders that anything is removed from. */
  async #advance(): Promise<void> {
    this.#isStarted = true;
    do {
      const next = await this.#lines.next();
      this.#next = next.done === true ? undefined : next.value.slice(next.value.indexOf(' ') + 2);
    } while (this.#next !== undefined && !this.#next.startsWith('blobs/'));
  }
}

async function* linesOf(place: BackupPlace, path: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of await place.read(path)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** A line of `SHA256SUMS`. */
export function sumLine(encoded: string, path: string): string {
  return `${encoded}  ${path}\n`;
}
