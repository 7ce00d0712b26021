import { z } from 'zod';
import type { Contract } from '../contract.ts';

export type OvhRegistry = z.output<typeof ovhRegistry>;

const projectId = z.string().min(1).max(128).describe('Of the project: `pn-123456`, or as OVHcloud numbers its own.');
const registryId = z.string().min(1).max(100);

const url = z.string().min(1).max(500).describe('As in `POST /api/v1/registries`.');
const username = z.string().max(500);
const password = z.string().max(20_000).describe('Kept encrypted, and never told.');

/** A registry, as OVHcloud’s API has it (`cloud.project.ai.registry.Registry`). */
export const ovhRegistry = z.object({
  id: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  user: z.string().describe('Who added it.'),
  region: z.string(),
  url: z.string().nullable(),
  username: z.string().nullable(),
  password: z.null().describe('It is never told.'),
});

const registries = '/cloud/project/{projectId}/ai/registry';

export const listOvhRegistries = {
  method: 'GET',
  path: registries,
  ability: 'see-registries',
  projectAction: 'registries:read',
  description: 'Lists the registries that a project is connected to, as OVHcloud’s API does.',
  input: z.object({ projectId }),
  output: z.array(ovhRegistry),
} as const satisfies Contract;

export const addOvhRegistry = {
  method: 'POST',
  path: registries,
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Adds a registry to a project, as OVHcloud’s API does. Its name is made of its URL and region.',
  input: z.object({
    projectId,
    region: z.string().min(1).max(64).describe('`GRA`. It stays as it is.'),
    url,
    username,
    password,
  }),
  output: ovhRegistry,
} as const satisfies Contract;

export const showOvhRegistry = {
  method: 'GET',
  path: `${registries}/{registryId}`,
  ability: 'see-registries',
  projectAction: 'registries:read',
  description: 'Shows a registry of a project, as OVHcloud’s API does.',
  input: z.object({ projectId, registryId }),
  output: ovhRegistry,
} as const satisfies Contract;

export const changeOvhRegistry = {
  method: 'PUT',
  path: `${registries}/{registryId}`,
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Changes a registry of a project, as OVHcloud’s API does. When the URL goes to another host, the password has to be given again.',
  input: z.object({
    projectId,
    registryId,
    // `null` is what a client has read, and sends back with what it changes.
    url: url.nullish(),
    username: username.nullish(),
    password: password.nullish(),
    region: z.string().nullish().describe('The one it has: it cannot be changed.'),
  }),
  output: z.null(),
} as const satisfies Contract;

export const removeOvhRegistry = {
  method: 'DELETE',
  path: `${registries}/{registryId}`,
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Forgets a registry of a project, as OVHcloud’s API does.',
  input: z.object({ projectId, registryId }),
  output: z.null(),
} as const satisfies Contract;
