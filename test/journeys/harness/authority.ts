import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runOk } from '../../support/process.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../../bin/havre.js');

/** Paths of the files that `havre tls init` makes. */
export interface Authority {
  /** What clients are told to trust. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** What was printed: what to copy where. */
  readonly instructions: string;
}

/** Makes a certificate authority and a certificate for these names and addresses, as a user does. */
export async function makeAuthority(folder: string, names: readonly string[]): Promise<Authority> {
  const instructions = await runOk(['node', LAUNCHER, 'tls', 'init', ...names, '--out', folder], {
    env: { HAVRE_DATA: join(folder, 'data') },
  });
  const files = await readdir(folder);
  const find = (name: string): string => {
    if (!files.includes(name)) throw new Error(`tls init made no ${name}, but ${files.join(', ')}`);
    return join(folder, name);
  };
  return { authority: find('ca.crt'), certificate: find('server.crt'), key: find('server.key'), instructions };
}
