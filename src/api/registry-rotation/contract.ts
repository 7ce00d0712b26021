import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { registry, registryTest } from '../registries/document.ts';

const path = { id: z.string().min(1).max(100) };

const INVALID = { 400: ['REGISTRY_INVALID'] } as const;
const UNKNOWN = { 404: ['REGISTRY_UNKNOWN'] } as const;
const ROTATING = { 409: ['ROTATION_REFUSED', 'REGISTRY_CHANGED', 'SECRETS_KEY_MISSING'] } as const;
const ELSEWHERE = { 502: ['REGISTRY_FAILED'] } as const;

export const showRegistryRotation = {
  method: 'GET',
  path: '/api/v1/registries/{id}/rotation',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Says how the secret of a connection can be replaced. The registry is not asked.',
  input: z.strictObject(path),
  output: z.object({
    canMint: z.boolean().describe('Whether the registry can make another secret itself, with these credentials.'),
  }),
  problems: UNKNOWN,
} as const satisfies Contract;

export const stageRegistrySecret = {
  method: 'POST',
  path: '/api/v1/registries/{id}/rotation',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'First step to another secret: it is tried and, if it works, kept beside the one in use.',
  input: z.strictObject({
    ...path,
    secret: z.string().min(1).max(20_000),
    username: z.string().max(500).optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  }),
  output: z.object({ registry, test: registryTest }),
  problems: { ...INVALID, ...UNKNOWN, ...ROTATING },
} as const satisfies Contract;

export const switchRegistrySecret = {
  method: 'POST',
  path: '/api/v1/registries/{id}/rotation/switch',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Second step: the new secret is in use, and the old one is kept.',
  input: z.strictObject(path),
  output: z.object({ registry }),
  problems: { ...UNKNOWN, ...ROTATING },
} as const satisfies Contract;

export const confirmRegistrySecret = {
  method: 'POST',
  path: '/api/v1/registries/{id}/rotation/confirm',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Third step: the old secret is forgotten, and revoked where the registry’s API can do that.',
  input: z.strictObject(path),
  output: z.object({ registry }),
  problems: { ...UNKNOWN, ...ROTATING, ...ELSEWHERE },
} as const satisfies Contract;

export const cancelRegistryRotation = {
  method: 'POST',
  path: '/api/v1/registries/{id}/rotation/cancel',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Goes back to the old secret, or forgets the new one that is not in use yet.',
  input: z.strictObject(path),
  output: z.object({ registry }),
  problems: { ...UNKNOWN, ...ROTATING },
} as const satisfies Contract;

export const mintRegistrySecret = {
  method: 'POST',
  path: '/api/v1/registries/{id}/rotation/mint',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'All steps at once: the registry itself makes another secret, which nobody gets to see.',
  input: z.strictObject(path),
  output: z.object({ registry }),
  problems: { ...INVALID, ...UNKNOWN, ...ROTATING, ...ELSEWHERE },
} as const satisfies Contract;
