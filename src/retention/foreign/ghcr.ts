import { z } from 'zod';
import { checkShape } from '../check-shape.ts';
import type { PolicyDocument } from '../document.ts';
import { parseYaml } from '../parse-text.ts';
import { regexTest, type TextTest } from '../pattern.ts';
import { Patterns } from '../patterns.ts';
import { KEEP_EVERYTHING, type Pipeline, type Policy, type Step } from '../policy.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { ghcrSteps } from './ghcr-steps.ts';

/** Inputs come as text, as everything in a workflow does. */
const wholeNumber = z.coerce.number().int();
const isTrue = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});

const schema = z.strictObject({
  'package-name': z.string().optional(),
  'package-type': z.string().optional(),
  'min-versions-to-keep': wholeNumber.min(-1).optional(),
  'num-old-versions-to-delete': wholeNumber.min(0).optional(),
  'ignore-versions': z.string().optional(),
  'delete-only-untagged-versions': isTrue.optional(),
  'delete-only-pre-release-versions': isTrue.optional(),
  owner: z.unknown().optional(),
  user: z.unknown().optional(),
  token: z.unknown().optional(),
});
type GhcrInputs = z.infer<typeof schema>;

/** Versions that one run of the action deletes at most. */
const MAX_DELETED = 100;
/** What the action ignores with `delete-only-pre-release-versions`. */
const RELEASE = String.raw`^(0|[1-9]\d*)((\.(0|[1-9]\d*))*)$`;

/**
 * The step `actions/delete-package-versions` of a workflow: the step, a list of steps, the whole workflow, or only its
 * inputs. A version is an image, its name the digest. Untagged children of an index are counted as the action counts
 * them, but never go while the index stays.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://github.com/actions/delete-package-versions
 */
export function readGhcr(text: string): PolicyDocument {
  const found = ghcrSteps(parseYaml(text));
  const problems: PolicyProblem[] = [];
  const patterns = new Patterns();
  const steps = found.map(({ inputs, path }, index) => {
    const read = checkShape(schema, inputs, Object.keys(schema.shape), path);
    problems.push(...problemsOf(read, path));
    return { inputs: read, pipeline: pipelineOf(read, { path, index, patterns }) };
  });
  problems.push(...patterns.problems);
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return {
    policyFor: (repository) => {
      const pipelines = steps.filter(({ inputs }) => isFor(inputs, repository)).map(({ pipeline }) => pipeline);
      return pipelines.length === 0 ? KEEP_EVERYTHING : policyOf(pipelines);
    },
    warnings: [],
  };
}

function policyOf(pipelines: readonly Pipeline[]): Policy {
  return { mode: 'pipeline', unit: 'image', belongings: 'counted', pipelines };
}

/** A package is named without its owner. A name that only a running workflow knows is any. */
function isFor({ 'package-name': name }: GhcrInputs, repository: string): boolean {
  return name === undefined || name.includes('${{') || repository === name || repository.endsWith(`/${name}`);
}

function problemsOf(inputs: GhcrInputs, path: string): PolicyProblem[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const problems: PolicyProblem[] = [];
  const type = inputs['package-type'];
  if (type !== undefined && type.toLowerCase() !== 'container') {
    problems.push({ path: at('package-type'), message: `must be "container", not "${type}"` });
  }
  const others = (['delete-only-untagged-versions', 'delete-only-pre-release-versions'] as const).filter(
    (name) => inputs[name] === true,
  );
  const hasMinimum = (inputs['min-versions-to-keep'] ?? -1) >= 0;
  if ((inputs['num-old-versions-to-delete'] ?? 1) > 1 && (hasMinimum || others.length > 0)) {
    const other = hasMinimum ? 'min-versions-to-keep' : (others[0] ?? '');
    problems.push({ path: at('num-old-versions-to-delete'), message: `does not go with ${other}` });
  }
  return problems;
}

interface Place {
  readonly path: string;
  readonly index: number;
  readonly patterns: Patterns;
}

/** The oldest go; the minimum counts what the filters left. */
function pipelineOf(inputs: GhcrInputs, { path, index, patterns }: Place): Pipeline {
  const onlyUntagged = inputs['delete-only-untagged-versions'] === true;
  const onlyPreRelease = inputs['delete-only-pre-release-versions'] === true;
  const ignore = onlyPreRelease ? RELEASE : inputs['ignore-versions'];
  const steps: Step[] = [];
  if (ignore !== undefined && ignore !== '') {
    const make = (regex: string): TextTest => regexTest(regex, { isAnchored: false });
    const ignored = patterns.compile(make, ignore, `${path}.ignore-versions`);
    steps.push({ drops: ({ digest }) => ignored(digest), because: 'ignore-versions matches its digest' });
  }
  if (onlyUntagged) steps.push({ drops: ({ tags }) => tags.length > 0, because: 'it has a tag' });
  const minimum = inputs['min-versions-to-keep'] ?? -1;
  const kept = minimum < 0 && (onlyUntagged || onlyPreRelease) ? 0 : minimum;
  if (kept >= 0) steps.push({ dropsInside: { type: 'newest', count: kept, orderBy: 'push' } });
  const deleted = kept >= 0 ? MAX_DELETED : Math.min(MAX_DELETED, inputs['num-old-versions-to-delete'] ?? 1);
  steps.push({ oldest: deleted, orderBy: 'push' });
  return { priority: index + 1, name: path === '' ? 'the action' : path, selects: () => true, steps };
}
