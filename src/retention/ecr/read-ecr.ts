import type { PolicyDocument } from '../document.ts';
import { PolicyInvalidError, type PolicyProblem } from '../problem.ts';
import { parseJson } from '../parse-text.ts';
import { checkEcr } from './check-ecr.ts';
import { ecrPolicy } from './ecr-policy.ts';
import type { EcrRule } from './ecr-rule.ts';

/** What the API of AWS takes. */
const MIN_LENGTH = 100;
const MAX_LENGTH = 30_720;

/**
 * `lifecyclePolicyText`, as `aws ecr put-lifecycle-policy` takes it.
 *
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export function readEcr(text: string): PolicyDocument {
  if (text.length > MAX_LENGTH) {
    throw new PolicyInvalidError([{ path: '', message: `longer than the ${MAX_LENGTH} characters that ECR takes` }]);
  }
  const document = parseJson(text);
  const { problems, warnings } = checkEcr(document);
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  // Everything was checked one line above.
  const policy = ecrPolicy((document as { readonly rules: readonly EcrRule[] }).rules);
  return { policyFor: () => policy, warnings: [...warnings, ...lengthWarnings(text)] };
}

function lengthWarnings(text: string): PolicyProblem[] {
  if (text.length >= MIN_LENGTH) return [];
  return [
    { path: '', message: `shorter than the ${MIN_LENGTH} characters that ECR itself asks for; here it is taken` },
  ];
}
