import type { Config } from '../config.ts';
import { openFilesystemStore } from '../storage/filesystem/filesystem-store.ts';
import type { Store } from '../storage/blob-store.ts';

/** The store that the configuration names. */
export function openBytes(config: Config): Promise<Store> {
  return openFilesystemStore({ folder: config.data });
}
