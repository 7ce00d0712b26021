import type { z } from 'zod';
import { PolicyInvalidError, type PolicyProblem } from './problem.ts';
import { didYouMean } from './spelling.ts';
import { nameOf } from './value-name.ts';

/**
 * A document by its schema.
 *
 * @param fields every name the schema knows, for "did you mean".
 * @param base where the value lies in its document.
 * @throws {PolicyInvalidError} with everything that is wrong.
 */
export function checkShape<T>(schema: z.ZodType<T>, value: unknown, fields: readonly string[], base = ''): T {
  const read = schema.safeParse(value, { reportInput: true });
  if (read.success) return read.data;
  const problems = read.error.issues.flatMap((issue) => problemsOf(issue, fields));
  throw new PolicyInvalidError(problems.map(({ path, message }) => ({ path: joined(base, path), message })));
}

function joined(base: string, path: string): string {
  return base === '' || path === '' ? base + path : `${base}.${path}`;
}

function problemsOf(issue: z.core.$ZodIssue, fields: readonly string[]): PolicyProblem[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...issue.path, key]),
      message: `unknown field${didYouMean(key, fields)}`,
    }));
  }
  const hint =
    issue.code === 'invalid_value' && typeof issue.input === 'string'
      ? didYouMean(issue.input, issue.values.map(String))
      : '';
  const must = ruleOf(issue);
  if (must === undefined) return [{ path, message: issue.message }];
  if (issue.input === undefined) return [{ path, message: `required: ${must}` }];
  if (Array.isArray(issue.input) && issue.code !== 'invalid_type') return [{ path, message: must }];
  return [{ path, message: `${must}, not ${nameOf(issue.input)}${hint}` }];
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  record: 'an object',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** `must be …`; `undefined` where the schema has words of its own. */
function ruleOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.startsWith('Invalid') ? `must be ${TYPES[issue.expected] ?? issue.expected}` : undefined;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
    case 'too_small':
      if (!issue.message.startsWith('Too')) return undefined;
      return `must ${issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have'} at least ${issue.minimum}`;
    case 'too_big':
      if (!issue.message.startsWith('Too')) return undefined;
      return `must ${issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have'} at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** `rules[1].selection.countNumber`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
