import { statfs } from 'node:fs/promises';

/** What can still be written on the disk of a folder, in bytes; `undefined` where the file system does not tell. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // The answer is then unknown, not wrong.
    return undefined;
  }
}
