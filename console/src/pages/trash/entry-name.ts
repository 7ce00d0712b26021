import type { Entry } from '../../../../src/api/trash/contract.ts';

type Named = Pick<Entry, 'repository' | 'tag' | 'digest'>;

const SHOWN_CHARACTERS = 12;

/** As clients write it; of a digest, the beginning. */
export function nameOf({ repository, tag, digest }: Named): string {
  if (tag !== null) return `${repository}:${tag}`;
  return digest === null ? repository : `${repository}@${shortDigest(digest)}`;
}

export function shortDigest(digest: string): string {
  const [algorithm = '', hexadecimal = ''] = digest.split(':', 2);
  return `${algorithm}:${hexadecimal.slice(0, SHOWN_CHARACTERS)}`;
}
