import { resolve } from 'node:path';
import { plainEnvironment } from './environment.ts';
import { run, type Finished } from './process.ts';

/** Where the program is that users start. */
export const LAUNCHER = resolve(import.meta.dirname, '../../bin/havre.js');

/** Runs one command of the real program to its end, configured by `env` and nothing else. */
export async function havre(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input?: string,
): Promise<Finished> {
  return await run(['node', LAUNCHER, ...args], {
    seconds: 60,
    environment: { ...plainEnvironment(), ...env },
    ...(input !== undefined && { input }),
  });
}
