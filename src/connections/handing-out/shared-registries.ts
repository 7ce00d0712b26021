/** A registry that a cloud runs in one of its regions, for all who have a project there. */
export interface SharedRegistry {
  /** As the cloud writes it: `GRA`. */
  readonly region: string;
  /** `registry.gra.ai.cloud.ovh.net` */
  readonly host: string;
  /** Of the cloud, where it is known: `pn-123456`. */
  readonly project: string | undefined;
}

/** What people must know before they keep anything there, by language. */
export interface SharedRegistryWarning {
  readonly en: string;
  readonly fr: string;
}

export interface SharedRegistries {
  readonly regions: readonly SharedRegistry[];
  readonly warning: SharedRegistryWarning;
}

/** Whose name stands there is for whoever logs in to fill in. */
export function loginCommandOf({ host }: SharedRegistry): string {
  return `docker login ${host} -u <username>`;
}

/** The registry of a region, however its name is written. */
export function sharedRegistryIn({ regions }: SharedRegistries, region: string): SharedRegistry | undefined {
  return regions.find((one) => one.region.toLowerCase() === region.toLowerCase());
}
