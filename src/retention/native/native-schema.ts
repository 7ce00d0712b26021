import { z } from 'zod';
import { parseDuration, parseSize } from '../amounts.ts';
import { isVersionRange } from '../version-range.ts';

/** No policy anybody wrote has more; deciding takes time for each. */
const MAX_RULES = 200;

const texts = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error: 'must be text, or a list of texts' })
  .describe('one text, or a list');

const duration = z
  .string({ error: 'must be a duration such as "30d" or "12h"' })
  .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as "30d", "12h" or "1d12h"' })
  .describe('`30d`, `12h`, `1d12h`: units w, d, h, m, s');

const size = z
  .union([z.string(), z.number().int().nonnegative()], { error: 'must be a size such as "50GiB"' })
  .refine((value) => typeof value === 'number' || parseSize(value) !== undefined, {
    error: 'must be a size such as "50GiB", "500MB" or a number of bytes',
  })
  .describe('`50GiB`, `500MB` or a number of bytes');

const count = z
  .int({ error: 'must be a whole number' })
  .min(0, { error: 'must not be negative' })
  .describe('how many images');

const valuesByKey = z.record(z.string().min(1), texts);

const select = z.strictObject({
  tags: z
    .enum(['tagged', 'untagged', 'any'])
    .optional()
    .describe('default `tagged` with any selector of tags, else `any`'),
  prefixes: texts.optional().describe('starts of tags'),
  globs: texts.optional().describe('globs of whole tags'),
  regexes: texts.optional().describe('expressions of RE2, of whole tags'),
  semver: z
    .string()
    .refine(isVersionRange, { error: 'must be a range of versions such as ">=1.2 <2" or "^1.4 || 2.x"' })
    .optional()
    .describe('range of versions, as npm writes it'),
  match: z
    .enum(['any', 'all'])
    .optional()
    .describe('of the selectors of tags above, one is enough (default), or each is needed'),
  excludes: texts.optional().describe('globs: an image with such a tag is not selected; `untag` leaves such tags'),
  labels: valuesByKey.optional().describe('label → globs of its value; every label is needed'),
  annotations: valuesByKey.optional().describe('annotation → globs of its value; every annotation is needed'),
  platforms: texts.optional().describe('globs of `os/architecture`; one is enough'),
  mediaTypes: texts.optional().describe('globs; one is enough'),
  artifactTypes: texts.optional().describe('globs; one is enough'),
});

const orderBy = z
  .enum(['push', 'pull', 'active', 'created', 'semver'])
  .optional()
  .describe('which is newest; default `push`');
const since = z
  .enum(['push', 'pull', 'active', 'untag', 'created'])
  .optional()
  .describe('age since when; default `push`. `pull`: never pulled counts from the push. `untag`: untagged images only');

const ofEveryRule = {
  name: z.string().min(1).max(100).optional().describe('how reasons call it'),
  description: z.string().optional(),
  priority: z
    .int()
    .min(1)
    .optional()
    .describe('lowest first; default the place in the list. For all rules or for none'),
  repositories: texts.optional().describe('globs: this rule is for these repositories only'),
  select: select.optional().describe('which images; default all'),
};

const marking = {
  ...ofEveryRule,
  beyondNewest: count.optional().describe('not the newest so many of those selected'),
  beyondTotalSize: size.optional().describe('not the newest up to that size'),
  olderThan: duration.optional().describe('only what is older'),
  orderBy,
  since,
};

const keeping = {
  ...ofEveryRule,
  newest: count.optional().describe('the newest so many of those selected'),
  totalSize: size.optional().describe('the newest up to that size'),
  newerThan: duration.optional().describe('what is not older'),
  orderBy,
  since,
};

const rule = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ action: z.literal('keep'), ...keeping }),
    z.strictObject({ action: z.literal('expire'), ...marking }),
    z.strictObject({ action: z.literal('untag'), ...marking }),
  ],
  { error: 'must be one of keep, expire, untag' },
);

export const nativeSchema = z.strictObject({
  $schema: z.string().optional(),
  description: z.string().optional(),
  mode: z
    .enum(['keep-wins', 'ecr'])
    .default('keep-wins')
    .describe(
      '`keep-wins`: nothing that a `keep` rule keeps goes. `ecr`: the first rule that selects an image decides',
    ),
  rules: z.array(rule).min(1).max(MAX_RULES),
});

export type NativeDocument = z.infer<typeof nativeSchema>;
export type NativeRule = NativeDocument['rules'][number];
export type NativeSelect = z.infer<typeof select>;

/** Every field there is, for "did you mean". */
export const NATIVE_FIELDS: readonly string[] = [
  'mode',
  'rules',
  'action',
  ...Object.keys(marking),
  ...Object.keys(keeping),
  ...Object.keys(select.shape),
];

/** For editors: what a document in our own form may hold. */
export function nativeJsonSchema(): object {
  return z.toJSONSchema(nativeSchema, { io: 'input' });
}
