import type { Image } from './image.ts';
import type { AgeKey, OrderKey } from './policy.ts';
import { highestVersion } from './version-tags.ts';

/** Some of the images, by position, newest first. */
export type Ordering = (positions: readonly number[], orderBy: OrderKey) => number[];

/**
 * Sorts the images once for each key, however many rules ask. Equally new: the smaller digest first, then the smaller
 * tag, so that a preview and what is done later agree, whatever order the images came in.
 */
export function orderingOf(images: readonly Image[]): Ordering {
  const sorted = new Map<OrderKey, readonly number[]>();
  return (positions, orderBy) => {
    const all = sorted.get(orderBy) ?? newestFirst(images, orderBy);
    sorted.set(orderBy, all);
    const isSelected = new Uint8Array(images.length);
    for (const position of positions) isSelected[position] = 1;
    return all.filter((position) => isSelected[position] === 1);
  };
}

function newestFirst(images: readonly Image[], orderBy: OrderKey): number[] {
  const positions = images.map((_, position) => position);
  const byName = (a: number, b: number): number => compareNames(images[a], images[b]);
  if (orderBy === 'semver') {
    const versions = images.map(({ tags }) => highestVersion(tags));
    return positions.toSorted((a, b) => compareVersions(versions[b], versions[a]) || byName(a, b));
  }
  const times = Float64Array.from(images, (image) => orderTime(image, orderBy));
  const timeOf = (position: number): number => times[position] ?? 0;
  return positions.toSorted((a, b) => (timeOf(a) === timeOf(b) ? byName(a, b) : timeOf(b) - timeOf(a)));
}

function orderTime(image: Image, orderBy: Exclude<OrderKey, 'semver'>): number {
  switch (orderBy) {
    case 'push':
      return image.lastActivatedAt ?? image.pushedAt;
    case 'pull':
      return image.pulledAt ?? Number.NEGATIVE_INFINITY;
    case 'active':
      return Math.max(image.pushedAt, image.pulledAt ?? Number.NEGATIVE_INFINITY);
    case 'created':
      return image.created ?? image.pushedAt;
  }
}

/** Milliseconds; infinite where what is asked for never happened and would have made it younger. */
export function ageOf(image: Image, since: AgeKey, now: number): number {
  return now - ageTime(image, since);
}

function ageTime(image: Image, since: AgeKey): number {
  switch (since) {
    case 'push':
      return image.pushedAt;
    case 'pull':
      return image.pulledAt ?? Number.NEGATIVE_INFINITY;
    case 'use':
      return lastUse(image);
    case 'active':
      return Math.max(image.pushedAt, image.pulledAt ?? Number.NEGATIVE_INFINITY);
    case 'untag':
      // What has a tag was not untagged, however old it is.
      return image.tags.length > 0 ? Number.POSITIVE_INFINITY : (image.untaggedAt ?? image.pushedAt);
    case 'transition':
      return image.transitionedAt ?? Number.POSITIVE_INFINITY;
    case 'created':
      return image.created ?? image.pushedAt;
  }
}

/** ECR: the last pull; never pulled, the push; back from the archive and not pulled since, the return. */
function lastUse({ pulledAt, pushedAt, lastActivatedAt }: Image): number {
  if (lastActivatedAt !== undefined && (pulledAt === undefined || pulledAt < lastActivatedAt)) return lastActivatedAt;
  return pulledAt ?? pushedAt;
}

/** What has no version is older than what has one. */
function compareVersions(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return Bun.semver.order(a, b);
}

function compareNames(a: Image | undefined, b: Image | undefined): number {
  return compareText(a?.digest ?? '', b?.digest ?? '') || compareText(a?.tags[0] ?? '', b?.tags[0] ?? '');
}

/** By code unit: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
