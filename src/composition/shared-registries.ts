import type { Config } from '../config.ts';
import type { SharedRegistries } from '../connections/handing-out/shared-registries.ts';

/** The shared registries of a cloud, as the settings name them. */
export function sharedRegistriesOf({ sharedRegistries }: Config): SharedRegistries {
  const { regions, warning: en, warningInFrench: fr } = sharedRegistries;
  return { regions, warning: { en, fr } };
}
