import { stat } from 'node:fs/promises';
import { FolderTree } from '../moving/folder-tree.ts';
import type { SourceTree } from '../moving/source-tree.ts';
import { MovingError } from '../moving/taking.ts';
import { TarTree } from '../moving/tar-tree.ts';

/** What an import reads: a folder or a tar archive of this machine. @throws {MovingError} */
export async function openSourceTree(source: string): Promise<SourceTree> {
  const found = await stat(source).catch((error: unknown) => {
    throw new MovingError(`${source} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  return found.isDirectory() ? new FolderTree(source) : await TarTree.open(source);
}
