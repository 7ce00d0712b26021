import type { Kind } from '../registry-names.ts';

interface Preset {
  /** Where all registries of the kind are. */
  readonly url?: string;
  /** What an address looks like. */
  readonly example: string;
}

export const PRESETS: Readonly<Record<Kind, Preset>> = {
  'docker-hub': { url: 'docker.io', example: 'docker.io' },
  ghcr: { url: 'ghcr.io', example: 'ghcr.io' },
  google: { example: 'europe-west9-docker.pkg.dev/project' },
  ecr: { example: '123456789012.dkr.ecr.eu-west-3.amazonaws.com' },
  'ecr-public': { url: 'public.ecr.aws', example: 'public.ecr.aws' },
  acr: { example: 'team.azurecr.io' },
  harbor: { example: 'harbor.example.org' },
  'ovh-managed': { example: 'abcd1234.c1.gra9.container-registry.ovh.net' },
  'ovh-shared': { example: 'registry.gra.ai.cloud.ovh.net' },
  gitlab: { url: 'registry.gitlab.com', example: 'registry.gitlab.com' },
  quay: { url: 'quay.io', example: 'quay.io' },
  generic: { example: 'registry.example.org:5000' },
};

/** Whether an address is there because a preset put it there. */
export function isPresetUrl(url: string): boolean {
  return Object.values(PRESETS).some((preset) => preset.url === url);
}
