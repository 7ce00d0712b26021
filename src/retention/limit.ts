import type { Image } from './image.ts';
import { durationText, sizeText } from './measures.ts';
import { ageOf, type Ordering } from './order.ts';
import type { AgeKey, Limit, OrderKey } from './policy.ts';

/** A limit over one selection, measured. */
export interface MeasuredLimit {
  isInside(position: number): boolean;
  /** Such as `number 12 of 12 by push time; the newest 10 stay`. */
  words(position: number): string;
}

export interface Selection {
  readonly images: readonly Image[];
  /** Positions in `images`. */
  readonly positions: readonly number[];
  /** Of these images. */
  readonly order: Ordering;
  /** Milliseconds. */
  readonly now: number;
}

export function measure(limit: Limit, selection: Selection): MeasuredLimit {
  switch (limit.type) {
    case 'newest':
      return measureNewest(limit, selection);
    case 'totalSize':
      return measureSize(limit, selection);
    case 'age':
      return measureAge(limit, selection);
  }
}

function measureNewest(limit: Extract<Limit, { type: 'newest' }>, selection: Selection): MeasuredLimit {
  const { images, positions, order } = selection;
  const ranks = new Float64Array(images.length);
  order(positions, limit.orderBy).forEach((position, index) => {
    ranks[position] = index + 1;
  });
  const rankOf = (position: number): number => ranks[position] ?? 0;
  const rest = `of ${positions.length}, ${ORDER_WORDS[limit.orderBy]} first; ${limit.count} stay`;
  return {
    isInside: (position) => rankOf(position) <= limit.count,
    words: (position) => `number ${rankOf(position)} ${rest}`,
  };
}

/** The newest, until the first that no longer fits. A layer that two images share is counted for both. */
function measureSize(limit: Extract<Limit, { type: 'totalSize' }>, selection: Selection): MeasuredLimit {
  const { images, positions, order } = selection;
  const sums = new Float64Array(images.length);
  let sum = 0;
  for (const position of order(positions, limit.orderBy)) {
    sum += images[position]?.size ?? 0;
    sums[position] = sum;
  }
  const sumOf = (position: number): number => sums[position] ?? 0;
  const rest = `${ORDER_WORDS[limit.orderBy]} first; ${sizeText(limit.bytes)} stay`;
  return {
    isInside: (position) => sumOf(position) <= limit.bytes,
    words: (position) => `${sizeText(sumOf(position))} up to and with this one, ${rest}`,
  };
}

function measureAge(limit: Extract<Limit, { type: 'age' }>, selection: Selection): MeasuredLimit {
  const { images, now } = selection;
  const age = (position: number): number => {
    const image = images[position];
    return image === undefined ? 0 : ageOf(image, limit.since, now);
  };
  const allowed = `; the limit is ${durationText(limit.milliseconds)}`;
  const isInside = (position: number): boolean =>
    limit.isExclusive === true ? age(position) < limit.milliseconds : age(position) <= limit.milliseconds;
  return { isInside, words: (position) => `${ageWords(limit.since, age(position))}${allowed}` };
}

const ORDER_WORDS: Readonly<Record<OrderKey, string>> = {
  push: 'last pushed',
  pull: 'last pulled',
  active: 'last pushed or pulled',
  created: 'last built',
  semver: 'highest version',
};

const AGE_WORDS: Readonly<Record<AgeKey, string>> = {
  push: 'pushed',
  pull: 'last pulled',
  use: 'last used',
  active: 'last pushed or pulled',
  untag: 'untagged',
  transition: 'archived',
  created: 'built',
};

function ageWords(since: AgeKey, age: number): string {
  if (!Number.isFinite(age)) return `never ${AGE_WORDS[since].replace('last ', '')}`;
  return age < 0 ? `${AGE_WORDS[since]} later than now` : `${AGE_WORDS[since]} ${durationText(age)} ago`;
}
