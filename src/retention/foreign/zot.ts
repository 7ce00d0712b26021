import { z } from 'zod';
import { parseDuration } from '../amounts.ts';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import type { Image } from '../image.ts';
import { parseYaml } from '../parse-text.ts';
import { globTest, regexTest } from '../pattern.ts';
import { Patterns } from '../patterns.ts';
import { KEEP_EVERYTHING, type AgeKey, type Limit, type OrderKey, type Policy, type Rule } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';

/** What Go writes: no days. */
const UNITS = ['ms', 's', 'm', 'h'];
const duration = z
  .string()
  .refine((text) => parseDuration(text, UNITS) !== undefined, { error: 'must be a duration of Go, such as "168h"' });

const limits = {
  mostRecentlyPushedCount: z.int().min(0).optional(),
  mostRecentlyPulledCount: z.int().min(0).optional(),
  pushedWithin: duration.optional(),
  pulledWithin: duration.optional(),
};

const keepTags = z.strictObject({ patterns: z.array(z.string()).optional(), ...limits });
const keepUntagged = z.strictObject(limits);

const policy = z.strictObject({
  repositories: z.array(z.string()).min(1),
  deleteReferrers: z.boolean().optional(),
  deleteUntagged: z.boolean().optional(),
  keepTags: z.array(keepTags).optional(),
  keepUntagged: keepUntagged.optional(),
});
type ZotPolicy = z.infer<typeof policy>;
type ZotLimits = z.infer<typeof keepUntagged>;

const retention = z.strictObject({
  dryRun: z.boolean().optional(),
  delay: duration.optional(),
  policies: z.array(policy).min(1),
});

const FIELDS = [...Object.keys(retention.shape), ...Object.keys(policy.shape), ...Object.keys(keepTags.shape)];
const DEFAULT_DELAY = '24h';

/**
 * The section `storage.retention` of zot's configuration, alone or in a whole configuration.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://zotregistry.dev/latest/articles/retention/
 */
export function readZot(text: string): PolicyDocument {
  const document = checkShape(retention, sectionOf(parseYaml(text)), FIELDS);
  const patterns = new Patterns();
  const delay = parseDuration(document.delay ?? DEFAULT_DELAY, UNITS) ?? 0;
  const policies = document.policies.map((one, index) =>
    compilePolicy(one, { path: `policies[${index}]`, patterns, delay }),
  );
  if (patterns.problems.length > 0) throw new PolicyInvalidError(patterns.problems);
  const warnings: PolicyProblem[] =
    document.dryRun === true ? [{ path: 'dryRun', message: 'ignored: a preview shows what would go' }] : [];
  return {
    policyFor: (repository) => policies.find(({ isFor }) => isFor(repository))?.policy ?? KEEP_EVERYTHING,
    warnings,
  };
}

/** Also of a whole configuration, as somebody who moves in has it at hand. */
function sectionOf(document: unknown): unknown {
  const inside = fieldOf(fieldOf(document, 'storage') ?? document, 'retention');
  return inside ?? document;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

interface Place {
  readonly path: string;
  readonly patterns: Patterns;
  /** Milliseconds until something untagged goes. */
  readonly delay: number;
}

function compilePolicy(one: ZotPolicy, place: Place): { isFor: (repository: string) => boolean; policy: Policy } {
  const { path, patterns, delay } = place;
  const repositories = one.repositories.map((glob, at) =>
    patterns.compile(globTest, glob, `${path}.repositories[${at}]`),
  );
  const deletesUntagged = one.deleteUntagged ?? true;
  return {
    isFor: (repository) => repositories.some((test) => test(repository)),
    policy: {
      mode: 'keep-wins',
      unit: 'tag',
      belongings: 'attached',
      rules: [...tagRules(one, place), ...untaggedRules(one, delay)],
      otherwise: 'expire',
      assign: 'first',
      ...(deletesUntagged ? { untaggedGoAfter: delay } : {}),
    },
  };
}

/** A tag belongs to the first entry of which a pattern matches some part of it, and is counted only there. */
function tagRules({ keepTags: entries = [] }: ZotPolicy, { path, patterns }: Place): Rule[] {
  const all = entries.length === 0 ? [{}] : entries;
  return all.map((entry: z.infer<typeof keepTags>, index) => {
    const tests = (entry.patterns ?? []).map((pattern, at) => {
      const make = (text: string): ((tag: string) => boolean) => regexTest(text, { isAnchored: false });
      return patterns.compile(make, pattern, `${path}.keepTags[${index}].patterns[${at}]`);
    });
    return {
      priority: index + 1,
      name: `keepTags[${index}]`,
      action: 'keep',
      selects: ({ tags: [tag] }) => tag !== undefined && (tests.length === 0 || tests.some((test) => test(tag))),
      limits: limitsOf(entry),
    };
  });
}

/**
 * Untagged manifests wait; then they go, if they are to. So does a referrer whose subject is gone, which is one of them
 * (one whose subject is there follows it).
 */
function untaggedRules(one: ZotPolicy, delay: number): Rule[] {
  const isDeleted = ({ subject }: Image): boolean =>
    (one.deleteUntagged ?? true) || (subject !== undefined && one.deleteReferrers === true);
  const base = { priority: (one.keepTags?.length ?? 0) + 2, action: 'keep' } as const;
  return [
    {
      ...base,
      name: 'untagged manifests',
      selects: (image) => image.tags.length === 0 && !isDeleted(image),
      limits: [],
    },
    {
      ...base,
      name: 'delay',
      selects: (image) => image.tags.length === 0 && isDeleted(image),
      limits: [{ type: 'age', milliseconds: delay, since: 'untag' }, ...limitsOf(one.keepUntagged ?? {})],
    },
  ];
}

/** One is enough to be kept. `pulledWithin` also keeps what was pushed within. */
function limitsOf(entry: ZotLimits): Limit[] {
  const { mostRecentlyPushedCount, mostRecentlyPulledCount, pushedWithin, pulledWithin } = entry;
  return [
    ...newest(mostRecentlyPushedCount, 'push'),
    ...newest(mostRecentlyPulledCount, 'pull'),
    ...within(pushedWithin, 'push'),
    ...within(pulledWithin, 'active'),
  ];
}

function newest(count: number | undefined, orderBy: OrderKey): Limit[] {
  return count === undefined ? [] : [{ type: 'newest', count, orderBy }];
}

function within(text: string | undefined, since: AgeKey): Limit[] {
  const milliseconds = text === undefined ? undefined : parseDuration(text, UNITS);
  return milliseconds === undefined ? [] : [{ type: 'age', milliseconds, since, isExclusive: true }];
}
