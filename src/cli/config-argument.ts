import { readFile } from 'node:fs/promises';
import type { Overrides } from './cli-host.ts';
import type { Invocation } from './invocation.ts';
import { overridesOf, type LocalOptions } from './where.ts';

/**
 * What the options say of the configuration, with a file named as an argument, as in `registry serve config.yml`. Scripts
 * written for distribution's registry name its own file, which says nothing to us: it is left aside, with a line that
 * says so.
 */
export async function overridesWithFile(
  invocation: Invocation,
  options: LocalOptions,
  file: string | undefined,
): Promise<Overrides> {
  const overrides = overridesOf(options);
  if (file === undefined || options.config !== undefined) return overrides;
  const reason = await reasonToIgnore(file);
  if (reason === undefined) return { ...overrides, config: file };
  invocation.remark(`Ignored ${file}: ${reason}.`);
  return overrides;
}

async function reasonToIgnore(file: string): Promise<string | undefined> {
  try {
    return isOfDistribution(await readFile(file, 'utf8'))
      ? "it is a configuration of distribution's registry; havre.yaml and HAVRE_* variables are ours"
      : undefined;
  } catch {
    return 'there is no such file that could be read';
  }
}

/** Their file begins with the version of its format, a key that ours does not have. */
function isOfDistribution(text: string): boolean {
  return /^version:\s*['"]?0\.\d/m.test(text);
}
