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

/** As OVHcloud's API has it (`cloud.project.ai.capabilities.Region`), as far as it is about registries. */
export const ovhRegion = z.object({
  id: z.string().describe('`GRA`'),
  registryUrl: z.string().describe('Host of the shared registry: `registry.gra.ai.cloud.ovh.net`.'),
});

const projectId = z.string().min(1).max(128).describe('Of the project; it is not looked at.');

export const listOvhRegions = {
  method: 'GET',
  path: '/cloud/project/{projectId}/ai/capabilities/region',
  ability: 'see-shared-registries',
  audience: 'signed-in',
  description: 'Lists the regions that have a shared registry, as OVHcloud’s API does.',
  input: z.object({ projectId }),
  output: z.array(ovhRegion),
} as const satisfies Contract;

export const showOvhRegion = {
  method: 'GET',
  path: '/cloud/project/{projectId}/ai/capabilities/region/{region}',
  ability: 'see-shared-registries',
  audience: 'signed-in',
  description: 'Shows a region and its shared registry, as OVHcloud’s API does.',
  input: z.object({ projectId, region: z.string().min(1).max(64) }),
  output: ovhRegion,
  problems: { 404: ['REGION_UNKNOWN'] },
} as const satisfies Contract;
