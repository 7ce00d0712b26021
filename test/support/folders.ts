import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder. Whoever makes it removes it, with {@link removeFolder}. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `havre-${purpose}-`));
}

/** Enough for any test that is not about large content. */
const MEMORY_BYTES = 512 * 1024 * 1024;
const MEMORY = '/dev/shm';

/**
 * A new empty folder in memory, where the machine has one with room: for tests that write a lot and are not about the
 * disk. They then do not wait for its flushes. Whoever makes it removes it, with {@link removeFolder}; what a process left
 * that was killed, the next one removes: memory is not the place to forget something in.
 */
export function memoryFolder(purpose: string): string {
  if (!existsSync(MEMORY)) return temporaryFolder(purpose);
  removeLeftovers();
  const hasRoom = statfsSync(MEMORY).bavail * statfsSync(MEMORY).bsize > MEMORY_BYTES;
  return hasRoom ? mkdtempSync(join(MEMORY, `havre-${purpose}-${process.pid}-`)) : temporaryFolder(purpose);
}

let hasLooked = false;

/** Once for each process. The name of a folder has the process that made it. */
function removeLeftovers(): void {
  if (hasLooked) return;
  hasLooked = true;
  for (const name of readdirSync(MEMORY)) {
    const pid = /^havre-[a-z-]+-(\d+)-[^-]+$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeFolder(join(MEMORY, name));
  }
}

/** Removes a folder and everything below. Removing what is gone succeeds. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
