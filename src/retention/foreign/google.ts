import { z } from 'zod';
import { parseDuration } from '../amounts.ts';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import type { Image } from '../image.ts';
import { parseYaml } from '../parse-text.ts';
import { KEEP_EVERYTHING, type Limit, type Policy, type Rule } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { nameInProject } from './project-name.ts';

const UNITS = ['s', 'm', 'h', 'd'];
const duration = z.string().refine((text) => parseDuration(text, UNITS) !== undefined, {
  error: 'must be a duration such as "30d" or "2592000s"',
});

/** The API writes `DELETE`, the command line `Delete` or `delete`. */
function choice<const T extends string>(values: readonly T[]): z.ZodType<T> {
  return z.preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(values));
}

const condition = z.strictObject({
  tagState: choice(['TAGGED', 'UNTAGGED', 'ANY', 'TAG_STATE_UNSPECIFIED']).optional(),
  tagPrefixes: z.array(z.string()).optional(),
  versionNamePrefixes: z.array(z.string()).optional(),
  packageNamePrefixes: z.array(z.string()).optional(),
  olderThan: duration.optional(),
  newerThan: duration.optional(),
});
type Condition = z.infer<typeof condition>;

const mostRecentVersions = z.strictObject({
  packageNamePrefixes: z.array(z.string()).optional(),
  keepCount: z.int().min(1),
});

const kind = choice(['DELETE', 'KEEP']);
const action = z.union([kind, z.strictObject({ type: kind })], {
  error: 'must be {"type": "Delete"} or {"type": "Keep"}',
});

const policy = z.strictObject({
  /** The API says `id`, the command line `name`. */
  id: z.string().max(128).optional(),
  name: z.string().max(128).optional(),
  action,
  condition: condition.optional(),
  mostRecentVersions: mostRecentVersions.optional(),
});
type GooglePolicy = z.infer<typeof policy>;

const FIELDS = [
  ...Object.keys(policy.shape),
  ...Object.keys(condition.shape),
  ...Object.keys(mostRecentVersions.shape),
];
/** Google takes no more in one repository. */
const USUAL_POLICIES = 10;

/**
 * Cleanup policies of Google's Artifact Registry: the list that `gcloud artifacts repositories set-cleanup-policies`
 * takes, or the map of the API.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview
 */
export function readGoogle(text: string): PolicyDocument {
  const { list, warnings } = listOf(parseYaml(text));
  const policies = checkShape(z.array(policy).min(1), list, FIELDS);
  const problems = policies.flatMap((one, index) => problemsOf(one, `[${index}]`));
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return {
    policyFor: (repository) => policyOf(policies, nameInProject(repository)),
    warnings: [...warnings, ...warningsOf(policies)],
  };
}

function listOf(document: unknown): { readonly list: unknown; readonly warnings: readonly PolicyProblem[] } {
  if (Array.isArray(document) || typeof document !== 'object' || document === null)
    return { list: document, warnings: [] };
  const isWhole = 'cleanupPolicies' in document;
  const map: unknown = isWhole ? document.cleanupPolicies : document;
  const list =
    typeof map === 'object' && map !== null && !Array.isArray(map)
      ? Object.entries(map).map(([id, one]: [string, unknown]) => (isObject(one) ? { id, ...one } : one))
      : map;
  const isDry = isWhole && 'cleanupPolicyDryRun' in document && document.cleanupPolicyDryRun === true;
  const warning = { path: 'cleanupPolicyDryRun', message: 'ignored: a preview shows what would go' };
  return { list, warnings: isDry ? [warning] : [] };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isKeep({ action: given }: GooglePolicy): boolean {
  return (typeof given === 'string' ? given : given.type) === 'KEEP';
}

function problemsOf(one: GooglePolicy, path: string): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if ((one.condition === undefined) === (one.mostRecentVersions === undefined)) {
    problems.push({ path, message: 'needs either condition or mostRecentVersions' });
  }
  if (one.mostRecentVersions !== undefined && !isKeep(one)) {
    problems.push({ path: `${path}.mostRecentVersions`, message: 'only goes with the action Keep' });
  }
  const { tagPrefixes = [], tagState } = one.condition ?? {};
  if (tagPrefixes.length > 0 && tagState === 'UNTAGGED') {
    problems.push({
      path: `${path}.condition.tagPrefixes`,
      message: 'untagged versions have no tag to start with one',
    });
  }
  return problems;
}

function warningsOf(policies: readonly GooglePolicy[]): PolicyProblem[] {
  const warnings: PolicyProblem[] = [];
  if (policies.length > USUAL_POLICIES) {
    warnings.push({ path: '', message: `${policies.length} policies: Google takes ${USUAL_POLICIES}` });
  }
  if (policies.every(isKeep)) warnings.push({ path: '', message: 'there are only Keep policies: nothing ever goes' });
  policies.forEach(({ condition: given }, index) => {
    if (given?.tagPrefixes === undefined || given.tagState === 'TAGGED') return;
    warnings.push({
      path: `[${index}].condition.tagState`,
      message: 'tagPrefixes select tagged versions only: say TAGGED',
    });
  });
  return warnings;
}

function policyOf(policies: readonly GooglePolicy[], name: string): Policy {
  const rules = policies.flatMap((one, index) => {
    const packages = (one.condition ?? one.mostRecentVersions)?.packageNamePrefixes ?? [];
    return startsWithAny(name, packages) ? [ruleOf(one, index)] : [];
  });
  if (rules.length === 0) return KEEP_EVERYTHING;
  return { mode: 'keep-wins', unit: 'image', belongings: 'attached', rules, otherwise: 'keep', assign: 'every' };
}

/** An empty list excludes nothing. */
function startsWithAny(text: string, prefixes: readonly string[]): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => text.startsWith(prefix));
}

function ruleOf(one: GooglePolicy, index: number): Rule {
  const keepCount = one.mostRecentVersions?.keepCount;
  const newest: Limit[] = keepCount === undefined ? [] : [{ type: 'newest', count: keepCount, orderBy: 'push' }];
  return {
    priority: index + 1,
    name: one.id ?? one.name ?? `policy ${index + 1}`,
    action: isKeep(one) ? 'keep' : 'expire',
    selects: conditionTest(one.condition ?? {}),
    limits: newest,
  };
}

/** All of it must hold; of a list, one. Ages count from the upload. */
function conditionTest(given: Condition): (image: Image, now: number) => boolean {
  const { tagState, tagPrefixes = [], versionNamePrefixes = [] } = given;
  const olderThan = given.olderThan === undefined ? undefined : parseDuration(given.olderThan, UNITS);
  const newerThan = given.newerThan === undefined ? undefined : parseDuration(given.newerThan, UNITS);
  return ({ tags, digest, pushedAt }, now) => {
    if (tagState === 'TAGGED' && tags.length === 0) return false;
    if (tagState === 'UNTAGGED' && tags.length > 0) return false;
    if (tagPrefixes.length > 0 && !tags.some((tag) => startsWithAny(tag, tagPrefixes))) return false;
    if (olderThan !== undefined && now - pushedAt <= olderThan) return false;
    if (newerThan !== undefined && now - pushedAt >= newerThan) return false;
    return startsWithAny(digest, versionNamePrefixes);
  };
}
