import { run, runOk } from './process.ts';
import { removeFolder, temporaryFolder } from './folders.ts';

/**
 * Takes the permission to change anything away from everybody, root included, for as long as `work` runs. A running
 * server keeps its open files, and may neither make nor remove nor write any of `paths` and what is below.
 */
export async function whileImmutable(paths: readonly string[], work: () => Promise<void>): Promise<void> {
  await runOk(['chattr', '-R', '+i', ...paths]);
  try {
    await work();
  } finally {
    await runOk(['chattr', '-R', '-i', ...paths]);
  }
}

/** Whether this user, on this file system, may do that: asked by trying. */
export async function mayMakeImmutable(): Promise<boolean> {
  const path = temporaryFolder('immutable');
  try {
    const isDone = (await run(['chattr', '+i', path])).status === 0;
    if (isDone) await runOk(['chattr', '-i', path]);
    return isDone;
  } finally {
    removeFolder(path);
  }
}
