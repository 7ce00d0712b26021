import { z } from 'zod';
import type { Contract } from '../contract.ts';

const count = z.int().nonnegative();

export const readStatus = {
  method: 'GET',
  path: '/api/v1/status',
  ability: 'read-status',
  description: 'Says what runs, since when, and how much there is.',
  input: z.strictObject({}),
  output: z.object({
    version: z.string(),
    startedAt: z.iso.datetime(),
    uptimeSeconds: z.number().nonnegative(),
    storage: z.object({
      bytes: count.describe('Of blobs, each counted once.'),
      freeBytes: count.nullable().describe('On the disk that holds them; `null` where it cannot be told.'),
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
    parts: z
      .array(
        z.object({
          name: z.string().describe('`database` or `storage`.'),
          isHealthy: z.boolean(),
          message: z.string().describe('`ok`, or what is wrong, for whoever runs it.'),
        }),
      )
      .describe('What the registry stands on, and how it is.'),
  }),
} as const satisfies Contract;
