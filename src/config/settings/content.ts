import type { SettingTree } from '../setting.ts';
import { dailyWindow, timeZone } from '../time-kinds.ts';
import { count, flag, size } from '../value-kinds.ts';

export const deletion = {
  enabled: {
    kind: flag,
    default: 'true',
    description:
      'Whether tags, manifests and blobs can be deleted at all, by those who may. (distribution says no by default.)',
    registry: { name: 'REGISTRY_STORAGE_DELETE_ENABLED' },
  },
} as const satisfies SettingTree;

export const manifests = {
  requireBlobs: {
    kind: flag,
    default: 'true',
    description:
      'Whether an image may only name blobs that are here. Otherwise one that lacks some is taken too, and cannot be pulled until they are pushed.',
  },
  requireIndexChildren: {
    kind: flag,
    default: 'false',
    description:
      'Whether an index may only name manifests that are here. Otherwise it may be sparse: an image copied for some of its platforms.',
  },
} as const satisfies SettingTree;

export const limits = {
  manifestBytes: {
    kind: size({ min: 65_536, max: 64 * 1024 ** 2 }),
    default: '4MiB',
    description: 'The largest manifest. 4 MiB is what the specification lets clients count on.',
  },
  indexDepth: {
    kind: count('levels', { min: 1, max: 16 }),
    default: '4',
    description: 'How deep indexes may be nested.',
  },
  indexManifests: {
    kind: count('manifests', { min: 1, max: 30_000 }),
    default: '1000',
    description: 'How many manifests one index may name.',
  },
  uploadBytes: {
    kind: size({ min: 0 }),
    default: '0',
    description: 'The largest blob. 0 is no limit but the disk.',
  },
  uploadsPerPrincipal: {
    kind: count('sessions', { min: 0, max: 1_000_000 }),
    default: '1000',
    description: 'How many uploads one user or token may have open. 0 is no limit.',
  },
  pageSize: {
    kind: count('names', { min: 1, max: 10_000 }),
    default: '10000',
    description: 'The longest page of tags, repositories or referrers, whatever the client asks for.',
  },
} as const satisfies SettingTree;

export const uploads = {
  expireSeconds: {
    kind: count('seconds', { min: 60 }),
    default: '86400',
    description: 'An upload that received nothing for so long is removed with its bytes.',
  },
} as const satisfies SettingTree;

/** Timers count milliseconds in 31 bits: one of a month would ring a thousand times a second. */
const LONGEST_INTERVAL_SECONDS = 24 * 24 * 3600;

export const gc = {
  graceSeconds: {
    kind: count('seconds', { min: 0 }),
    default: '3600',
    description:
      'Garbage collection leaves alone what was pushed or mounted so recently, and for half that time at least what a client was told is there: a manifest that names it may be on its way. The same on all nodes.',
  },
  intervalSeconds: {
    kind: count('seconds', { min: 0, max: LONGEST_INTERVAL_SECONDS }),
    default: '3600',
    description:
      'How often garbage collection begins to look through everything by itself, slowly and beside requests. 0 is never: `havre garbage-collect` runs it, also while serving.',
  },
  window: {
    kind: dailyWindow,
    description:
      'The hours in which it runs by itself, such as `01:00-05:00`: at their end it rests, and goes on there the next day. Default: at any time.',
  },
  timeZone: {
    kind: timeZone,
    default: 'UTC',
    description: 'Whose hours those of `gc.window` are, such as `Europe/Paris`.',
  },
} as const satisfies SettingTree;

export const cache = {
  manifestBytes: {
    kind: size({ min: 0, max: 64 * 1024 ** 3 }),
    default: '64MiB',
    description: 'Memory for manifests that were pulled before. 0 keeps none.',
  },
} as const satisfies SettingTree;
