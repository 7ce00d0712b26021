import { PolicyInvalidError } from './problem.ts';

/** No policy anybody wrote is longer; nothing of unbounded size is parsed. */
const MAX_LENGTH = 256 * 1024;

/** @throws {PolicyInvalidError} not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(withinLength(text));
  } catch (error) {
    throw notText('JSON', error);
  }
}

/** YAML, and therefore JSON too. @throws {PolicyInvalidError} neither. */
export function parseYaml(text: string): unknown {
  try {
    return Bun.YAML.parse(withinLength(text));
  } catch (error) {
    throw notText('YAML or JSON', error);
  }
}

function withinLength(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  throw new PolicyInvalidError([{ path: '', message: `longer than ${MAX_LENGTH} characters` }]);
}

function notText(language: string, error: unknown): PolicyInvalidError {
  if (error instanceof PolicyInvalidError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new PolicyInvalidError([{ path: '', message: `not ${language}: ${detail}` }]);
}
