import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder. Whoever makes it removes it, with {@link removeFolder}. */
export function temporaryFolder(purpose: string): string {
  return mkdtempSync(join(tmpdir(), `havre-${purpose}-`));
}

/** Removes a folder and everything below. Removing what is gone succeeds. */
export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
