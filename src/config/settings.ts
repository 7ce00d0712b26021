import type { SettingTree, Values } from './setting.ts';
import { namedSettings } from './setting.ts';
import { origin } from './network-kinds.ts';
import { auth, remote } from './settings/auth.ts';
import { cache, deletion, gc, limits, manifests, uploads } from './settings/content.ts';
import { http, tls } from './settings/http.ts';
import { log, metrics } from './settings/operations.ts';
import { path } from './value-kinds.ts';

/**
 * Every setting there is. The keys are those of the YAML file, the names of the variables follow from them, and
 * docs/configuration.md is written from this table by scripts/docs.ts.
 */
export const SETTINGS = {
  data: {
    kind: path,
    default: './data',
    description: 'The folder that holds everything: images, users, the database. One process at a time.',
    registry: { name: 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY' },
  },
  publicUrl: {
    kind: origin,
    description:
      'The URL by which clients reach the registry, where it cannot be told from the request: behind a proxy that passes on neither `Host` nor `X-Forwarded-*`.',
    registry: { name: 'REGISTRY_HTTP_HOST' },
  },
  http,
  tls,
  auth,
  delete: deletion,
  manifests,
  limits,
  uploads,
  gc,
  cache,
  log,
  metrics,
  remote,
} as const satisfies SettingTree;

/** Read, checked and complete. Sizes are bytes, durations seconds, paths absolute. */
export type Config = Values<typeof SETTINGS>;

export const ALL_SETTINGS = namedSettings(SETTINGS);

/** Names the YAML file. It cannot be said in that file. */
export const CONFIG_FILE = { path: 'config', variable: 'HAVRE_CONFIG', default: 'havre.yaml' } as const;
