import type { SettingTree, Values } from './setting.ts';
import { namedSettings } from './setting.ts';
import { origin } from './network-kinds.ts';
import { audit } from './settings/audit.ts';
import { auth, remote } from './settings/auth.ts';
import { cache, deletion, gc, limits, manifests, uploads } from './settings/content.ts';
import { http, tls } from './settings/http.ts';
import { console as webConsole, log, metrics } from './settings/operations.ts';
import { plans, policies } from './settings/planning.ts';
import { egress, secrets, webhooks } from './settings/outgoing.ts';
import { registries } from './settings/registries.ts';
import { database, redirect, scrub } from './settings/scale.ts';
import { sharedRegistries } from './settings/shared-registries.ts';
import { expiry, history, pulls, trash } from './settings/tags.ts';
import { storageLocation } from './storage-location.ts';
import { choice, path } from './value-kinds.ts';

/**
 * Every setting there is. The keys are those of the YAML file, the names of the variables follow from them, and
 * docs/configuration.md is written from this table by scripts/docs.ts.
 */
export const SETTINGS = {
  data: {
    kind: path,
    default: './data',
    description:
      'The folder that holds everything: images, users, the database. One process at a time: each node has its own, also where facts and bytes are elsewhere.',
    registry: { name: 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY' },
  },
  storage: {
    kind: storageLocation,
    description:
      'Where the bytes of images are kept, if not in the data folder: another folder (which several nodes may share, with `database.url`), or `s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-west-1`. Credentials of S3 are found where every AWS tool finds them: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a shared file, a web identity, the role of the instance.',
  },
  role: {
    kind: choice(['all', 'registry', 'worker']),
    default: 'all',
    description:
      'What this node does, where there are several: `registry` answers clients, `worker` does the scheduled work (garbage collection, scrub), `all` does both.',
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
  database,
  redirect,
  delete: deletion,
  trash,
  manifests,
  limits,
  uploads,
  gc,
  scrub,
  plans,
  policies,
  cache,
  history,
  expiry,
  pulls,
  audit,
  webhooks,
  egress,
  secrets,
  registries,
  sharedRegistries,
  log,
  metrics,
  console: webConsole,
  remote,
} as const satisfies SettingTree;

/** Read, checked and complete. Sizes are bytes, durations seconds, paths absolute. */
export type Config = Values<typeof SETTINGS>;

export const ALL_SETTINGS = namedSettings(SETTINGS);

/** Names the YAML file. It cannot be said in that file. */
export const CONFIG_FILE = { path: 'config', variable: 'HAVRE_CONFIG', default: 'havre.yaml' } as const;
