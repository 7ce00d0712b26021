import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from './folders.ts';
import { run, runOk } from './process.ts';

export interface MountedFolder {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A folder on a file system of its own, in memory, that is full after `sizeBytes`.
 *
 * @throws {Error} mounting is not allowed: it takes root, and a container that may mount.
 */
export async function mountedFolder(sizeBytes: number): Promise<MountedFolder> {
  const around = temporaryFolder('mount');
  const path = join(around, 'data');
  mkdirSync(path);
  await runOk(['mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path]);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await runOk(['umount', path]);
      removeFolder(around);
    },
  };
}

/** Whether this user may mount: asked by trying. */
export async function mayMount(): Promise<boolean> {
  const path = temporaryFolder('mount');
  try {
    if ((await run(['mount', '-t', 'tmpfs', '-o', 'size=4096', 'tmpfs', path])).status !== 0) return false;
    await runOk(['umount', path]);
    return true;
  } finally {
    removeFolder(path);
  }
}
