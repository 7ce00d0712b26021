import type { Descriptor, Platform } from '../oci/descriptor.ts';

/** A platform as people write it: `linux/arm64`, `linux/arm/v7`. */
export interface WantedPlatform {
  readonly os: string;
  readonly architecture: string;
  /** Any, where it is not said. */
  readonly variant?: string;
}

/** `undefined`: it is not the form. */
export function parsePlatform(text: string): WantedPlatform | undefined {
  const match = /^([a-z0-9_]+)\/([a-z0-9_]+)(?:\/([a-z0-9_.]+))?$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const [, os = '', architecture = '', variant] = match;
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

export function formatPlatform({ os, architecture, variant }: Platform | WantedPlatform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/**
 * Which entries of an index these platforms mean: their images, the attestations that BuildKit puts beside them, and
 * what has no platform at all, such as nested indexes.
 */
export function entriesFor(entries: readonly Descriptor[], wanted: readonly WantedPlatform[]): readonly Descriptor[] {
  if (wanted.length === 0) return entries;
  const images = new Set(
    entries.filter(({ platform }) => platform !== undefined && isWanted(platform, wanted)).map(({ digest }) => digest),
  );
  return entries.filter(({ digest, platform, annotations }) => {
    if (platform === undefined || images.has(digest)) return true;
    const about = annotations?.['vnd.docker.reference.digest'];
    return about !== undefined && [...images].some((image) => image === about);
  });
}

/** The one image of an index for a platform; the first, where variants leave a choice. */
export function entryFor(entries: readonly Descriptor[], wanted: WantedPlatform): Descriptor | undefined {
  return entries.find(({ platform }) => platform !== undefined && isWanted(platform, [wanted]));
}

function isWanted(platform: Platform, wanted: readonly WantedPlatform[]): boolean {
  return wanted.some(
    ({ os, architecture, variant }) =>
      platform.os === os &&
      platform.architecture === architecture &&
      (variant === undefined || platform.variant === variant),
  );
}
