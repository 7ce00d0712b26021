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

/**
 * The store that the configuration names.
 *
 * @throws {S3SetupError} the bucket cannot be used as things are: its message says what to do.
 */
export async function openBytes({ data, database, storage }: Config, { notes, log }: BytesParts): Promise<Store> {
  if (storage?.kind === 's3') {
    // Its client is only loaded where there is something to ask it for.
    const { openS3Store } = await import('../storage/s3/s3-store.ts');
    return openS3Store({ location: storage, notes, log });
  }
  const isShared = database.url !== undefined;
  return openFilesystemStore({ folder: storage?.path ?? data, ...(isShared && { notes }) });
}
