import type { PolicyProblem } from '../problem.ts';
import { didYouMean } from '../spelling.ts';
import { nameOf } from '../value-name.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Collects all that is wrong, so that nobody corrects a document one field at a time. */
export class Checker {
  readonly problems: PolicyProblem[] = [];
  readonly warnings: PolicyProblem[] = [];

  problem(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  warn(path: string, message: string): void {
    this.warnings.push({ path, message });
  }

  /** An object with no other fields than these. */
  isObject(value: unknown, path: string, fields: readonly string[]): value is JsonObject {
    if (!isRecord(value)) {
      this.problem(path, value === undefined ? 'required' : `must be an object, not ${nameOf(value)}`);
      return false;
    }
    for (const name of Object.keys(value).filter((key) => !fields.includes(key))) {
      const at = path === '' ? name : `${path}.${name}`;
      this.problem(at, `unknown field${didYouMean(name, fields)}; there are ${fields.join(', ')}`);
    }
    return true;
  }

  /** `undefined` when it is not one, which is then said. */
  oneOf(value: unknown, path: string, allowed: readonly string[]): string | undefined {
    if (typeof value === 'string' && allowed.includes(value)) return value;
    const choices = allowed.map((choice) => `"${choice}"`).join(', ');
    const must = allowed.length === 1 ? `must be ${choices}` : `must be one of ${choices}`;
    if (value === undefined) this.problem(path, `required: ${must}`);
    else
      this.problem(path, `${must}, not ${nameOf(value)}${typeof value === 'string' ? didYouMean(value, allowed) : ''}`);
    return undefined;
  }

  positiveInteger(value: unknown, path: string): number | undefined {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    const must = 'must be a whole number of at least 1';
    this.problem(path, value === undefined ? `required: ${must}` : `${must}, not ${nameOf(value)}`);
    return undefined;
  }

  /** A list of at least one text, none of them empty. */
  texts(value: unknown, path: string): readonly string[] | undefined {
    if (!Array.isArray(value) || value.length === 0) {
      this.problem(path, 'must be a list of at least one text');
      return undefined;
    }
    value.forEach((entry, index) => {
      if (typeof entry !== 'string') this.problem(`${path}[${index}]`, `must be text, not ${nameOf(entry)}`);
      else if (entry === '') this.problem(`${path}[${index}]`, 'must not be empty');
    });
    const texts = value.filter((entry) => typeof entry === 'string');
    return texts.length === value.length ? texts : undefined;
  }
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
