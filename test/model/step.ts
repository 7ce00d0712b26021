import * as fc from 'fast-check';

/**
 * What one client does next. Numbers choose among what there is at that moment, so that every sequence of steps makes
 * sense and any part of it can be left out when a failure is made smaller.
 */
export type Step =
  | { readonly do: 'push'; readonly layers: readonly number[]; readonly salt: number; readonly tag: number | undefined }
  | { readonly do: 'push-index'; readonly picks: readonly number[]; readonly tag: number | undefined }
  | { readonly do: 'attach'; readonly pick: number; readonly salt: number }
  | { readonly do: 'move-tag'; readonly pick: number; readonly tag: number }
  | { readonly do: 'delete-tag'; readonly pick: number }
  | { readonly do: 'delete-manifest'; readonly pick: number }
  | { readonly do: 'delete-repository' }
  | { readonly do: 'restore'; readonly pick: number }
  | { readonly do: 'run-policy' }
  | { readonly do: 'collect' }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'check' };

/** Layers that all clients push again and again, and mount from each other. */
export const LAYER_COUNT = 6;
export const TAGS = ['latest', 'v1', 'v2', 'dev'] as const;

const pick = fc.nat(1000);
const tag = fc.nat(TAGS.length - 1);
const salt = fc.nat(8);

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      layers: fc.uniqueArray(fc.nat(LAYER_COUNT - 1), { minLength: 1, maxLength: 3 }),
      salt,
      tag: fc.option(tag, { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('push-index' as const),
      picks: fc.array(pick, { minLength: 1, maxLength: 3 }),
      tag: fc.option(tag, { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('attach' as const), pick, salt }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move-tag' as const), pick, tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete-tag' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete-manifest' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-repository' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restore' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('run-policy' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('collect' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 60, 4000, 250_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('check' as const) }) },
);
