import { z } from 'zod';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import { DAY } from '../measures.ts';
import { parseYaml } from '../parse-text.ts';
import { regexTest, type TextTest } from '../pattern.ts';
import { Patterns } from '../patterns.ts';
import { KEEP_EVERYTHING, type PipelinePolicy, type Step } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';

const CADENCES = ['1d', '7d', '14d', '1month', '3month'];
const COUNTS = [1, 5, 10, 25, 50, 100];
const AGES = ['7d', '14d', '30d', '60d', '90d'];

const schema = z.strictObject({
  enabled: z.boolean().optional(),
  cadence: z.enum(CADENCES).nullish(),
  keep_n: z
    .union([z.number(), z.string()])
    .nullish()
    .transform((value) => (value === null || value === undefined || value === '' ? undefined : Number(value)))
    .refine((value) => value === undefined || COUNTS.includes(value), { error: `must be one of ${COUNTS.join(', ')}` }),
  older_than: z.enum(AGES).nullish(),
  name_regex: z.string().nullish(),
  name_regex_delete: z.string().nullish(),
  name_regex_keep: z.string().nullish(),
  next_run_at: z.string().nullish(),
});
type GitlabPolicy = z.infer<typeof schema>;

/**
 * A container expiration policy of GitLab: the attributes as its API has them.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://docs.gitlab.com/user/packages/container_registry/reduce_container_registry_storage/
 */
export function readGitlab(text: string): PolicyDocument {
  const document = checkShape(schema, attributesOf(parseYaml(text)), Object.keys(schema.shape));
  const patterns = new Patterns();
  const policy = policyOf(document, patterns);
  if (patterns.problems.length > 0) throw new PolicyInvalidError(patterns.problems);
  const isOn = document.enabled !== false;
  return { policyFor: () => (isOn ? policy : KEEP_EVERYTHING), warnings: warningsOf(document) };
}

/** Also as it lies in what the API of projects takes. */
function attributesOf(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  for (const name of ['container_expiration_policy_attributes', 'container_expiration_policy']) {
    if (name in document) return Reflect.get(document, name);
  }
  return document;
}

function warningsOf(document: GitlabPolicy): PolicyProblem[] {
  const warnings: PolicyProblem[] = [];
  if (document.enabled === false) warnings.push({ path: 'enabled', message: 'it is switched off: nothing ever goes' });
  if (typeof document.cadence === 'string')
    warnings.push({ path: 'cadence', message: 'the schedule is set here instead' });
  if (regexOf(document) === '') warnings.push({ path: 'name_regex_delete', message: 'empty: nothing ever goes' });
  return warnings;
}

/** `name_regex` is its old name. */
function regexOf(document: GitlabPolicy): string {
  return document.name_regex_delete ?? document.name_regex ?? '';
}

/** In the order GitLab documents: what keep_n counts has passed both expressions, but not yet the age. */
function policyOf(document: GitlabPolicy, patterns: Patterns): PipelinePolicy {
  const anchored = (regex: string): TextTest => regexTest(regex, { isAnchored: true });
  const deletes = patterns.compile(anchored, regexOf(document), 'name_regex_delete');
  const keepRegex = document.name_regex_keep ?? '';
  const keeps = patterns.compile(anchored, keepRegex, 'name_regex_keep');
  const steps: Step[] = [
    { drops: ({ tags: [tag] }) => tag === 'latest', because: 'latest is never removed' },
    { drops: ({ tags: [tag = ''] }) => !deletes(tag), because: 'name_regex_delete does not match it' },
  ];
  if (keepRegex !== '')
    steps.push({ drops: ({ tags: [tag = ''] }) => keeps(tag), because: 'name_regex_keep matches it' });
  const { keep_n: count, older_than: age } = document;
  if (count !== undefined) steps.push({ dropsInside: { type: 'newest', count, orderBy: 'created' } });
  if (typeof age === 'string') {
    steps.push({ dropsInside: { type: 'age', milliseconds: Number.parseInt(age, 10) * DAY, since: 'created' } });
  }
  const pipeline = { priority: 1, name: 'the cleanup policy', selects: isTagged, steps };
  // GitLab collects what lost its last tag.
  return { mode: 'pipeline', unit: 'tag', belongings: 'attached', pipelines: [pipeline], untaggedGoAfter: 0 };
}

function isTagged({ tags }: { readonly tags: readonly string[] }): boolean {
  return tags.length > 0;
}
