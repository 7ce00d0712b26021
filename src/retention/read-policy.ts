import type { PolicyDocument, PolicyKind } from './document.ts';
import { readEcr } from './ecr/read-ecr.ts';
import { PolicyInvalidError } from './problem.ts';

/** @throws {PolicyInvalidError} with everything that is wrong. */
export function readPolicy(kind: PolicyKind, text: string): PolicyDocument {
  if (kind === 'ecr') return readEcr(text);
  throw new PolicyInvalidError([{ path: '', message: `${kind} is not read yet` }]);
}
