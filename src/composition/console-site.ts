import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createSite, type Site } from '../web/site.ts';

/** Where `npm run build:console` puts it. */
const FOLDER = join(import.meta.dir, '../../console/dist');

/** @returns `undefined` where there is to be none, and on a node that answers no clients. */
export function consoleSite(config: Config): Site | undefined {
  return config.console.enabled && config.role !== 'worker' ? createSite(FOLDER) : undefined;
}
