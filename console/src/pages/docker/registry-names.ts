import type { Registry } from '../../../../src/api/registries/contract.ts';

export type Kind = Registry['kind'];
export type State = Registry['health']['state'];

export const STATES = ['valid', 'expiring', 'expired', 'failing', 'unchecked'] as const satisfies readonly State[];

export const KINDS = [
  'docker-hub',
  'ghcr',
  'google',
  'ecr',
  'ecr-public',
  'acr',
  'harbor',
  'ovh-managed',
  'ovh-shared',
  'gitlab',
  'quay',
  'generic',
] as const satisfies readonly Kind[];
