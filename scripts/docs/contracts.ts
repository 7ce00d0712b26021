import { join } from 'node:path';
import type { Contract } from '../../src/api/contract.ts';

const API = join(import.meta.dir, '../../src/api');

/** Every contract there is in `src/api/`, whether or not a server keeps it. */
export async function everyContract(): Promise<readonly Contract[]> {
  const contracts: Contract[] = [];
  for (const path of [...new Bun.Glob('*/contract.ts').scanSync(API)].toSorted()) {
    const exported: Record<string, unknown> = await import(join(API, path));
    contracts.push(...Object.values(exported).filter(isContract));
  }
  return contracts;
}

export function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'ability' in value && 'path' in value;
}
