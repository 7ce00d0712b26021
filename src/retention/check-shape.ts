import type { z } from 'zod';
import { PolicyInvalidError, type PolicyProblem } from './problem.ts';
import { didYouMean } from './spelling.ts';

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
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) {
    return [{ path, message: `required: ${issue.message}` }];
  }
  if (issue.code === 'invalid_value' && typeof issue.input === 'string') {
    const hint = didYouMean(issue.input, issue.values.map(String));
    return [{ path, message: `must be one of ${issue.values.join(', ')}, not "${issue.input}"${hint}` }];
  }
  return [{ path, message: issue.message }];
}

/** `rules[1].selection.countNumber`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
