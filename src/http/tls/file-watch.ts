import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface FileWatchOptions {
  /** How long the files must be left alone before the change is told: a certificate and its key come one after the other. Default 300. */
  readonly settleMilliseconds?: number;
  /** How often to look even though nothing was heard: over the network, events do not come. Default 30. */
  readonly pollSeconds?: number;
}

export interface FileWatch {
  close(): void;
}

/**
 * Tells when one of the files may have changed. Watches their folders and not the files, because a new version usually
 * takes the place of the old one: by a rename, or by the swap of a symbolic link further up, as Kubernetes does.
 */
export function watchFiles(paths: readonly string[], onChange: () => void, options: FileWatchOptions = {}): FileWatch {
  const { settleMilliseconds = 300, pollSeconds = 30 } = options;
  let settling: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(settling);
    settling = setTimeout(onChange, settleMilliseconds);
  };
  const watchers = [...new Set(paths.map((path) => dirname(path)))].flatMap((folder) => watchFolder(folder, heard));

  let known: string | undefined;
  const poll = async (): Promise<void> => {
    const signature = await signatureOf(paths);
    if (known !== undefined && signature !== known) heard();
    known = signature;
  };
  void poll();
  const polling = setInterval(() => void poll(), pollSeconds * 1_000);
  polling.unref();
  return {
    close: () => {
      clearInterval(polling);
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** A folder that cannot be watched is polled, as all are. */
function watchFolder(folder: string, onEvent: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

/** Follows symbolic links: what matters is the file at their end. Never rejects: a missing file is a state like others. */
async function signatureOf(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? 'none' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
  });
  return (await Promise.all(states)).join(' ');
}
