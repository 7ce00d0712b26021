import { z } from 'zod';
import type { Contract } from '../contract.ts';

const count = z.int().nonnegative();

export const readStatus = {
  method: 'GET',
  path: '/api/v1/status',
  ability: 'read-status',
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    startedAt: z.iso.datetime(),
    uptimeSeconds: z.number().nonnegative(),
    storage: z.object({
      /** Of blobs, each counted once. */
      bytes: count,
      /** On the disk that holds them; `null` where it cannot be told. */
      freeBytes: count.nullable(),
    }),
    counts: z.object({
      repositories: count,
      tags: count,
      manifests: count,
      blobs: count,
      uploads: count,
      users: count,
      tokens: count,
      grants: count,
    }),
  }),
} as const satisfies Contract;
