import { PolicyInvalidError } from '../problem.ts';

const ACTION = 'actions/delete-package-versions';

export interface GhcrStep {
  readonly inputs: unknown;
  /** Of the inputs in the document. */
  readonly path: string;
}

/**
 * Every step of the action in a document.
 *
 * @throws {PolicyInvalidError} there is none, or an input is known only while the workflow runs.
 */
export function ghcrSteps(document: unknown): readonly GhcrStep[] {
  const steps = find(document, '');
  if (steps.length === 0 && isInputs(document)) return checked([{ inputs: document, path: '' }]);
  if (steps.length > 0) return checked(steps);
  throw new PolicyInvalidError([{ path: '', message: `no step uses ${ACTION}` }]);
}

function find(value: unknown, path: string): GhcrStep[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => find(one, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const { uses } = value as { readonly uses?: unknown };
  if (typeof uses === 'string' && (uses === ACTION || uses.startsWith(`${ACTION}@`))) {
    const inputs: unknown = Reflect.get(value, 'with') ?? {};
    return [{ inputs, path: path === '' ? 'with' : `${path}.with` }];
  }
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  return Object.entries(value).flatMap(([name, one]: [string, unknown]) => find(one, at(name)));
}

function isInputs(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).some((name) => /^(?:min|num|delete|package|ignore)-/.test(name))
  );
}

/** Who the action is to GitHub does not matter here. */
const OF_GITHUB = new Set(['token', 'owner', 'user', 'package-name']);

function checked(steps: readonly GhcrStep[]): readonly GhcrStep[] {
  const problems = steps.flatMap(({ inputs, path }) => {
    if (typeof inputs !== 'object' || inputs === null) return [];
    return Object.entries(inputs)
      .filter(([name, value]) => !OF_GITHUB.has(name) && typeof value === 'string' && value.includes('${{'))
      .map(([name]) => ({
        path: path === '' ? name : `${path}.${name}`,
        message: 'an expression that only a running workflow knows: write the value',
      }));
  });
  if (problems.length > 0) throw new PolicyInvalidError(problems);
  return steps;
}
