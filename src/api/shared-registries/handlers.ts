import {
  loginCommandOf,
  sharedRegistryIn,
  type SharedRegistries,
  type SharedRegistry,
} from '../../connections/handing-out/shared-registries.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import { listOvhRegions, listSharedRegistries, showOvhRegion } from './contract.ts';

export interface SharedRegistryParts {
  readonly sharedRegistries: SharedRegistries;
}

export function sharedRegistryEndpoints({ sharedRegistries }: SharedRegistryParts): readonly Endpoint[] {
  return [
    endpoint(listSharedRegistries, async ({ region }) => ({
      sharedRegistries: wanted(sharedRegistries, region).map((registry) => ({
        region: registry.region,
        host: registry.host,
        project: registry.project ?? null,
        loginCommand: loginCommandOf(registry),
        warning: { ...sharedRegistries.warning },
      })),
    })),
    endpoint(listOvhRegions, async () => sharedRegistries.regions.map(ovhRegionOf)),
    endpoint(showOvhRegion, async ({ region }) => {
      const found = sharedRegistryIn(sharedRegistries, region);
      if (found === undefined)
        throw new ProblemError(404, 'REGION_UNKNOWN', `There is no shared registry in ${region}.`);
      return ovhRegionOf(found);
    }),
  ];
}

function ovhRegionOf({ region, host }: SharedRegistry): { id: string; registryUrl: string } {
  return { id: region, registryUrl: host };
}

function wanted(sharedRegistries: SharedRegistries, region: string | undefined): readonly SharedRegistry[] {
  if (region === undefined) return sharedRegistries.regions;
  const found = sharedRegistryIn(sharedRegistries, region);
  return found === undefined ? [] : [found];
}
