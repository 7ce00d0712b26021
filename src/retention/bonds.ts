import type { Image } from './image.ts';
import type { Belongings } from './policy.ts';

/** Which images of one repository belong to which, by their positions in the list. */
export interface Bonds {
  /** Outside the rules: what becomes of it follows from what it belongs to. */
  readonly isAttached: (position: number) => boolean;
  /** Indexes that are there and name it. */
  readonly parentsOf: (position: number) => readonly number[];
  readonly childrenOf: (position: number) => readonly number[];
  /** What is attached to it. */
  readonly attachedTo: (position: number) => readonly number[];
}

const NONE: readonly number[] = [];

/** `sha256-<hex>` (the referrers tag schema) and `sha256-<hex>.sig`, `.att`, `.sbom` (cosign before referrers). */
const DIGEST_TAG = /^(sha256|sha512)-([0-9a-f]{64}(?:[0-9a-f]{64})?)(?:\.[A-Za-z0-9_-]+)?$/;

/** The digest that a tag of cosign, or of the referrers tag schema, is about. */
export function digestOfTag(tag: string): string | undefined {
  const [, algorithm, encoded] = DIGEST_TAG.exec(tag) ?? [];
  return algorithm === undefined || encoded === undefined ? undefined : `${algorithm}:${encoded}`;
}

export function bondsOf(images: readonly Image[], belongings: Belongings): Bonds {
  const positionOf = new Map(images.map(({ digest }, position) => [digest, position]));
  const parents = new Map<number, number[]>();
  const children = new Map<number, number[]>();
  images.forEach((image, parent) => {
    for (const digest of new Set(image.children)) {
      const child = positionOf.get(digest);
      if (child === undefined || child === parent) continue;
      append(parents, child, parent);
      append(children, parent, child);
    }
  });
  const attached = new Map<number, number[]>();
  const isAttached = new Uint8Array(images.length);
  images.forEach((image, position) => {
    for (const holder of holdersOf(image, parents.get(position) ?? NONE, belongings)) {
      const to = typeof holder === 'number' ? holder : positionOf.get(holder);
      if (to === undefined || to === position) continue;
      append(attached, to, position);
      isAttached[position] = 1;
    }
  });
  return {
    isAttached: (position) => isAttached[position] === 1,
    parentsOf: (position) => parents.get(position) ?? NONE,
    childrenOf: (position) => children.get(position) ?? NONE,
    attachedTo: (position) => attached.get(position) ?? NONE,
  };
}

/** What it is attached to, when that is there: positions, or digests. */
function holdersOf(image: Image, parents: readonly number[], belongings: Belongings): readonly (number | string)[] {
  const subject = image.subject === undefined ? [] : [image.subject];
  if (belongings === 'ecr') return subject;
  const digests = image.tags.map(digestOfTag);
  // Somebody gave it a name of its own: it is an image like others.
  if (digests.includes(undefined)) return [];
  const named = digests.filter((digest) => digest !== undefined);
  const isCounted = belongings === 'counted' || image.tags.length > 0;
  return [...subject, ...named, ...(isCounted ? [] : parents)];
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
