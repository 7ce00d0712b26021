import { z } from 'zod';
import type { Contract } from '../contract.ts';

export const sharedRegistry = z.object({
  region: z.string().describe('As the cloud writes it: `GRA`.'),
  host: z.string().describe('`registry.gra.ai.cloud.ovh.net`'),
  project: z.string().nullable().describe('Of the cloud; `null`: none is configured.'),
  loginCommand: z.string().describe('`docker login registry.gra.ai.cloud.ovh.net -u <username>`'),
  warning: z
    .object({ en: z.string(), fr: z.string() })
    .describe('What people must know before they keep anything there, by language.'),
});

export const listSharedRegistries = {
  method: 'GET',
  path: '/api/v1/shared-registries',
  ability: 'see-shared-registries',
  audience: 'signed-in',
  description:
    'Lists the registries that a cloud shares among its customers, one for each region, as `sharedRegistries.regions` has them.',
  input: z.strictObject({
    region: z.string().min(1).max(64).optional().describe('Only the one of this region: `GRA`, `gra`.'),
  }),
  output: z.object({ sharedRegistries: z.array(sharedRegistry) }),
} as const satisfies Contract;
