import type { Config } from '../config.ts';
import { openFilesystemStore } from '../storage/filesystem/filesystem-store.ts';
import type { Store } from '../storage/blob-store.ts';
import type { UploadNotes } from '../storage/upload-notes.ts';
import type { Logger } from '../telemetry/log.ts';

export interface BytesParts {
  /** What the store remembers of uploads between two requests, where any node may get the next one. */
  readonly notes: UploadNotes;
  readonly log: Logger;
}

/** The store that the configuration names. */
export function openBytes(config: Config, { notes }: BytesParts): Promise<Store> {
  const folder = config.storage?.kind === 'folder' ? config.storage.path : config.data;
  // Nodes that share the facts may share the folder, too.
  const isShared = config.database.url !== undefined;
  return openFilesystemStore({ folder, ...(isShared && { notes }) });
}
