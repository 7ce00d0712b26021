import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
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
 * disk. They then do not wait for its flushes. Whoever makes it removes it, with {@link removeFolder}.
 */
export function memoryFolder(purpose: string): string {
  const hasRoom = existsSync(MEMORY) && statfsSync(MEMORY).bavail * statfsSync(MEMORY).bsize > MEMORY_BYTES;
  return hasRoom ? mkdtempSync(join(MEMORY, `havre-${purpose}-`)) : temporaryFolder(purpose);
}

/** Removes a folder and everything below. Removing what is gone succeeds. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
