import { z } from 'zod';
import { parseDuration } from '../amounts.ts';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import type { Image } from '../image.ts';
import { parseYaml } from '../parse-text.ts';
import { regexTest, type TextTest } from '../pattern.ts';
import { Patterns } from '../patterns.ts';
import { KEEP_EVERYTHING, type Pipeline, type Policy, type Step } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { flagsOfCommand } from './acr-command.ts';

const UNITS = ['s', 'm', 'h', 'd'];
const wholeNumber = z.coerce.number().int().min(0);

const schema = z.strictObject({
  filter: z.union([z.string().transform((text) => [text]), z.array(z.string())]).optional(),
  ago: z
    .string()
    .refine((text) => parseDuration(text, UNITS) !== undefined, {
      error: 'must be a duration such as "7d" or "2d3h6m"',
    })
    .optional(),
  keep: wholeNumber.optional(),
  untagged: z.boolean().optional(),
  'untagged-only': z.boolean().optional(),
  'include-locked': z.boolean().optional(),
  'dry-run': z.boolean().optional(),
  // About the doing, or the registry: accepted, as part of the line, and of no meaning here.
  concurrency: z.unknown().optional(),
  'filter-timeout-seconds': z.unknown().optional(),
  'repository-page-size': z.unknown().optional(),
  registry: z.unknown().optional(),
  username: z.unknown().optional(),
  password: z.unknown().optional(),
  config: z.unknown().optional(),
});
type Purge = z.infer<typeof schema>;

interface Filter {
  readonly isFor: TextTest;
  readonly tags: TextTest;
}

/**
 * A command line of `acr purge`, or a JSON object of its flags. Expressions are of RE2: one that looks ahead or back is
 * refused.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://learn.microsoft.com/azure/container-registry/container-registry-auto-purge
 */
export function readAcr(text: string): PolicyDocument {
  const isObject = text.trimStart().startsWith('{');
  const purge = checkShape(schema, isObject ? parseYaml(text) : flagsOfCommand(text), Object.keys(schema.shape));
  const patterns = new Patterns();
  const filters = (purge.filter ?? []).map((filter, index) => readFilter(filter, `filter[${index}]`, patterns));
  const problems = [...patterns.problems, ...missing(purge)];
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return { policyFor: (repository) => policyOf(purge, filters, repository), warnings: warningsOf(purge) };
}

function missing(purge: Purge): PolicyProblem[] {
  if (purge['untagged-only'] === true) return [];
  const problems: PolicyProblem[] = [];
  if (purge.filter === undefined)
    problems.push({ path: 'filter', message: 'required: "<repository>:<tags>", two expressions' });
  if (purge.ago === undefined) problems.push({ path: 'ago', message: 'required: a duration such as "7d"' });
  return problems;
}

function warningsOf(purge: Purge): PolicyProblem[] {
  const warnings: PolicyProblem[] = [];
  if (purge['dry-run'] === true) warnings.push({ path: 'dry-run', message: 'ignored: a preview shows what would go' });
  if (purge['include-locked'] === true) {
    warnings.push({ path: 'include-locked', message: 'ignored: no policy bypasses the protections of a repository' });
  }
  if (purge.password !== undefined) warnings.push({ path: 'password', message: 'is not needed: take it out' });
  return warnings;
}

/** `<repository>:<tags>`, at the one colon that is not part of `(?:` or of a set. */
function readFilter(filter: string, path: string, patterns: Patterns): Filter {
  const colons = [...filter.matchAll(/:/g)].map(({ index }) => index);
  const splitting = colons.filter(
    (at) => !/\(\?[imsU-]{0,5}$|\[\^?$|\[$/.test(filter.slice(0, at)) && filter[at + 1] !== ']',
  );
  const [at] = splitting;
  const repository = filter.slice(0, at ?? 0);
  const tags = filter.slice((at ?? 0) + 1);
  if (splitting.length !== 1 || repository === '' || tags === '') {
    patterns.problems.push({
      path,
      message: 'must be "<repository>:<tags>", two expressions with one colon between them',
    });
    return { isFor: () => false, tags: () => false };
  }
  return {
    isFor: patterns.compile((regex) => regexTest(regex, { isAnchored: true }), repository, path),
    tags: patterns.compile((regex) => regexTest(regex, { isAnchored: false }), tags, path),
  };
}

function policyOf(purge: Purge, filters: readonly Filter[], repository: string): Policy {
  const matching = filters.filter(({ isFor }) => isFor(repository));
  const isEverywhere = filters.length === 0;
  if (matching.length === 0 && !isEverywhere) return KEEP_EVERYTHING;
  const onlyUntagged = purge['untagged-only'] === true;
  const goesUntagged = purge.untagged === true || onlyUntagged;
  const pipelines: Pipeline[] = [];
  if (!onlyUntagged) pipelines.push(tagPipeline(purge, matching));
  if (goesUntagged) pipelines.push(untaggedPipeline(purge, onlyUntagged));
  return {
    mode: 'pipeline',
    unit: 'tag',
    belongings: 'attached',
    pipelines,
    ...(goesUntagged ? { untaggedGoAfter: 0 } : {}),
  };
}

const LOCKED: Step = {
  drops: ({ protectedBy = [] }: Image) => protectedBy.length > 0,
  because: 'it is locked',
};

function tagPipeline(purge: Purge, filters: readonly Filter[]): Pipeline {
  return {
    priority: 1,
    name: 'acr purge',
    selects: ({ tags: [tag] }) => tag !== undefined,
    steps: [
      {
        drops: ({ tags: [tag = ''] }) => !filters.some(({ tags }) => tags(tag)),
        because: 'no filter matches it',
      },
      ...lastSteps(purge),
    ],
  };
}

/** `--untagged` removes all of them; `--untagged-only` heeds age and number, where they are given. */
function untaggedPipeline(purge: Purge, onlyUntagged: boolean): Pipeline {
  return {
    priority: 2,
    name: 'acr purge of untagged manifests',
    selects: ({ tags }) => tags.length === 0,
    steps: onlyUntagged ? lastSteps(purge) : [LOCKED],
  };
}

/** `--keep` counts only what would go. */
function lastSteps({ ago, keep }: Purge): Step[] {
  const milliseconds = ago === undefined ? undefined : parseDuration(ago, UNITS);
  const steps: Step[] = [];
  if (milliseconds !== undefined) steps.push({ dropsInside: { type: 'age', milliseconds, since: 'push' } });
  steps.push(LOCKED);
  if (keep !== undefined && keep > 0) steps.push({ dropsInside: { type: 'newest', count: keep, orderBy: 'push' } });
  return steps;
}
